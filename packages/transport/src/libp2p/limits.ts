import { messageBytesMax } from '../port/protocol.ts'

/** Longest wait for a connection, in ms: a live host on another continent needs about a second for its four round trips. */
export const dialTimeoutMs = 5_000

/** Longest wait for one question to the routing table of the network, in ms; kad-dht's own limit is three minutes. */
export const lookUpTimeoutMs = 3_000

/** Longest wait for a frame that has to come: the hello of a session, and request and reply of a plain stream, in ms. */
export const frameTimeoutMs = 10_000

/** How long the end that was dialled leaves the dialler the time to read that the networks differ, in ms. */
export const wrongNetworkLingerMs = 1_000

/** Longest wait for a graceful end of connections before they are cut, in ms. */
export const closeTimeoutMs = 500

/** Largest frame: a message of a protocol and what goes around it. */
export const frameBytesMax = messageBytesMax + 512

/** The most requests to one peer that wait for a reply on one lane. */
export const pendingPerChannelMax = 1024

/** The most bytes that wait for one lane of a slow peer before requests are refused and replies become BUSY. */
export const backlogBytesMax = 16 * 1024 * 1024

/** Largest receive window of a stream: on a path of 100 ms it lets 40 MiB/s through, and it is what a peer can park here. */
export const windowBytesMax = 4 * 1024 * 1024

/** Streams that one connection may have open from the other side. */
export const streamsPerConnectionMax = 256

/** Session streams that one connection may have open from the other side: two lanes, and those that are being replaced. */
export const sessionStreamsMax = 8

/** How often an idle connection is pinged, in ms; a lost process is noticed by its closed connection, not by this. */
export const monitorIntervalMs = 60_000

/** How long an address is remembered that is not seen again, in ms. */
export const addressAgeMsMax = 24 * 3_600_000

/** The most addresses of one peer that are taken in at a time. */
export const addressesPerPeerMax = 16

/** Peers that one look-up can find: the size of a bucket in Kademlia. */
export const closestPeersMax = 20

/** Look-ups that `closestPeers` repeats at most until two in a row agree. */
export const lookUpRoundsMax = 3
