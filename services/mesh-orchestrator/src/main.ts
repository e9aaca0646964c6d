import { startService } from '@millrace/service';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

await startService({ name: 'mesh-orchestrator', config: readConfig(), app: createApp });
