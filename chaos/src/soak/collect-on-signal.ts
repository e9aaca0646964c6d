import v8 from 'node:v8';
import vm from 'node:vm';

// Loaded into a service before all else. Garbage that waits to be collected is no leak, and V8 lets it wait for minutes
// while there is room: so whoever measures asks for a collection first.
v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;
process.on('SIGUSR2', collect);
