export { confirmProtocol, grantProtocol, proposeProtocol, recallProtocol, releaseProtocol, renewProtocol, revokeProtocol } from './grant.ts'
export { censusProtocol, loadProtocol, offerProtocol, offersProtocol, submitProtocol } from './match.ts'
