import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** A variable that lists ranges of addresses, comma separated, such as `10.0.0.0/8,fd00::/8`. Default: none. */
export const cidrList = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((range) => range.trim())
      .filter(Boolean),
  )
  .refine((ranges) => ranges.every((range) => ipaddr.isValidCIDR(range)), 'must be CIDRs such as 10.0.0.0/8');
