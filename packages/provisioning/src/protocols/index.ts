export { confirmProtocol, grantProtocol, proposeProtocol, releaseProtocol, renewProtocol, revokeProtocol } from './grant.ts'
export { censusProtocol, offerProtocol, offersProtocol, submitProtocol } from './match.ts'
