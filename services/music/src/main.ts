import { startService } from '@millrace/service';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

await startService({ name: 'music', config: readConfig(), app: createApp });
