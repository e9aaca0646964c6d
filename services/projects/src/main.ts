import { startService } from '@millrace/service';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

await startService({ name: 'projects', config: readConfig(), app: createApp });
