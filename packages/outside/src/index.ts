export { cidrList } from './cidr-list.ts';
export { type OutsideFetch, type OutsidePost, outsideFetch, outsidePost } from './outside-fetch.ts';
