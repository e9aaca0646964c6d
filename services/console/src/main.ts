import { startFront } from '@millrace/service';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

await startFront({ name: 'console', config: readConfig(), app: createApp });
