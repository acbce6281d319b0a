/** Of findings by their subject those that were there at the look before too: what is under way is no finding. */
export function createLasting(): (findings: ReadonlyMap<string, string>) => readonly string[] {
  let before: ReadonlyMap<string, string> = new Map()
  return (findings) => {
    const lasting = [...findings].flatMap(([subject, finding]) => (before.has(subject) ? [finding] : []))
    before = findings
    return lasting
  }
}
