export { openBrowser } from './open-browser.ts';
export { placesOf } from './places.ts';
export { type Visit, visitConsole } from './visit.ts';
