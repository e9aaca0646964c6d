import { stopSharedComponents } from './start-shared-components.ts';

/** After all tests of a run. */
export default stopSharedComponents;
