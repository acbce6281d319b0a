import measured from './cloud-rtt-2026.json' with { type: 'json' }

const { regions, rttMs: betweenRegions } = measured
/** Of each region, in the order of `regions`: round trips between its zones, in ms. */
const betweenZones: readonly (readonly (readonly number[])[])[] = Object.values(measured.zones).map(({ rttMs }) => rttMs)

/** The region of a node: they are dealt out in turn. */
export function regionOf(number: number): string {
  return regions[number % regions.length] as string
}

/** One way's time between two nodes of the measured cloud, in ms: half a round trip, from the row of the sender. */
export function regionsLatencyMs(from: number, to: number): number {
  const [sender, receiver] = [from % regions.length, to % regions.length]
  const roundTripMs = betweenRegions[sender]?.[receiver] ?? betweenZones[sender]?.[zoneOf(from)]?.[zoneOf(to)]
  return (roundTripMs as number) / 2
}

/** The zone of a node in its region: dealt out in turn as well. */
function zoneOf(number: number): number {
  const zones = betweenZones[number % regions.length] as readonly unknown[]
  return Math.floor(number / regions.length) % zones.length
}
