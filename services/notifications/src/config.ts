import { serviceConfig } from '@millrace/service';
import { z } from 'zod';

/** Nothing but what every service reads. @throws ConfigError that lists every wrong variable. */
export const readConfig = () => serviceConfig(z.object({}), { port: 4105 });
