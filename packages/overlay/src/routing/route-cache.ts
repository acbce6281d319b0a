import type { PeerId } from '@cloudpeer/core'
import type { ServerChange } from '../membership/server-changes.ts'
import { closest, insert, type Place, placeOf, placeServers, type Target, targetOf } from './distance-table.ts'

/** The most keys whose answers are kept ready. */
const keysMax = 4_096

interface Route {
  readonly target: Target
  readonly k: number
  places: readonly Place[]
  peers: readonly PeerId[]
}

/** Routes over the servers of a directory; a change of one server touches only the routes on which it lies. */
export class RouteCache {
  /** By key, of which only one or two lengths are asked for: a key made of both would have to be put together and hashed at each look. */
  readonly #routes = new Map<string, Route[]>()
  #table: Place[] = []

  /** Starts anew from all servers. */
  reset(servers: readonly PeerId[]): void {
    this.#table = placeServers(servers)
    this.#routes.clear()
  }

  /** Follows one change. */
  apply({ peer, serves }: ServerChange): void {
    const place = placeOf(peer)
    if (serves) this.#add(place)
    else this.#remove(place)
  }

  /** The first min(k, servers) servers in XOR order to SHA-256(key). */
  find(key: string, k: number): readonly PeerId[] {
    const routes = this.#routes.get(key)
    if (routes !== undefined) for (const route of routes) if (route.k === k) return route.peers
    const target = routes?.[0]?.target ?? targetOf(key)
    const places = closest(this.#table, target, k)
    const peers = peersOf(places)
    if (routes !== undefined) routes.push({ target, k, places, peers })
    else this.#begin(key, { target, k, places, peers })
    return peers
  }

  #begin(key: string, route: Route): void {
    if (this.#routes.size >= keysMax) this.#routes.delete(this.#routes.keys().next().value as string)
    this.#routes.set(key, [route])
  }

  #add(place: Place): void {
    this.#table.push(place)
    for (const routes of this.#routes.values()) for (const route of routes) follow(route, place)
  }

  #remove(place: Place): void {
    const at = this.#table.findIndex(({ peer }) => peer === place.peer)
    const last = this.#table.pop() as Place
    if (at < this.#table.length) this.#table[at] = last
    for (const [key, routes] of this.#routes) {
      const left = routes.filter(({ peers }) => !peers.includes(place.peer))
      if (left.length === 0) this.#routes.delete(key)
      else if (left.length < routes.length) this.#routes.set(key, left)
    }
  }
}

/** Takes a new place in where it lies on the route. */
function follow(route: Route, place: Place): void {
  const places = [...route.places]
  if (!insert(places, place, route.target, route.k)) return
  route.places = places
  route.peers = peersOf(places)
}

function peersOf(places: readonly Place[]): readonly PeerId[] {
  return places.map(({ peer }) => peer)
}
