/** One package of a package-lock.json of version 3. */
export interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** The packages of a package-lock.json by their places, '' being the root. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>

/** A package that another one wants on some platforms, and that the lock file leaves out. */
export interface MissingPackage {
  readonly name: string
  readonly version: string
  readonly wantedBy: LockedPackage
}

/**
 * What the lock file leaves out. npm drops the packages of other platforms that its registry does not have or that an
 * earlier node_modules did not hold, and `npm ci` then refuses the lock file everywhere.
 */
export function missingPackages(packages: LockedPackages): MissingPackage[] {
  return Object.entries(packages).flatMap(([place, wantedBy]) =>
    Object.entries(wantedBy.optionalDependencies ?? {})
      .filter(([name]) => !placesFor(place, name).some((candidate) => candidate in packages))
      .map(([name, version]) => ({ name, version, wantedBy }))
  )
}

/** Where Node looks for `name` from the package at `place`, nearest first. */
function placesFor(place: string, name: string): string[] {
  const own = `${place === '' ? '' : `${place}/`}node_modules/${name}`
  return place === '' ? [own] : [own, ...placesFor(place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1)), name)]
}

/** The lock file's packages with the missing ones, which are read from their names: `<os>-<cpu>[-<abi>]`. */
export function completed(packages: LockedPackages): LockedPackages {
  const added = missingPackages(packages).map(({ name, version, wantedBy: { dev, license } }) => [
    `node_modules/${name}`,
    { version, ...platformOf(name), ...(dev && { dev }), ...(license && { license }), optional: true }
  ])
  return Object.fromEntries([...Object.entries(packages), ...added].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const os = /android|darwin|freebsd|linux|netbsd|openbsd|openharmony|win32/.exec(name)?.[0]
  const cpu = /-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(?=-|$)/.exec(name)?.[1]
  if (os === undefined || cpu === undefined) throw new Error(`the platform of ${name} is not in its name`)
  const libc = os !== 'linux' ? undefined : name.includes('musl') ? 'musl' : 'glibc'
  return { os: [os], cpu: [cpu], ...(libc && /musl|gnu/.test(name) && { libc: [libc] }) }
}
