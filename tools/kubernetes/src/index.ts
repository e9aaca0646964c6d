export { environmentIn, readDockerfile, wordsOf } from './dockerfile.ts';
