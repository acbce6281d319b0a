export { type CatalogueService, catalogueSchema, type Location, locationOf, locations, shareOutCatalogue } from './catalogue/catalogue.ts'
export { type DevNetwork, type DevNetworkInit, type DevNode, startDevNetwork } from './dev-network.ts'
export { type NodeProcess, type NodeProcessInit, startNodeProcess } from './node-process.ts'
export { type PublishOptions, publishShares } from './publish.ts'
