export { cidrList } from './cidr-list.ts';
export { AddressRefused, type OutsideFetch, type OutsidePost, outsideFetch, outsidePost } from './outside-fetch.ts';
