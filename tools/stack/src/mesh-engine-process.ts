import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createMeshEngineClient } from '@millrace/mesh-rpc';
import { enginePython } from './engine-python.ts';
import type { GuardedProcess } from './guarded-process.ts';
import { startGuarded } from './guarded-process.ts';
import { lastLines } from './installation.ts';
import { repositoryRoot } from './node-process.ts';
import type { Reporter } from './program.ts';

/** How a cluster finds the mesh engine. Its port is one of gRPC, so it has an address and no URL. */
export const meshEngineRow = {
  name: 'mesh-engine',
  port: 4150,
  portVariable: 'MESH_ENGINE_PORT',
  addressVariable: 'MESH_ENGINE_ADDRESS',
} as const;

const servesWithinMs = 60_000;
const probePauseMs = 50;

/** The mesh engine as a process of its own, with its workers in the same group. */
export type MeshEngineProcess = GuardedProcess & {
  /** `host:port`, as clients want it. */
  readonly address: string;
  /** The same, as people want it. */
  readonly url: string;
};

type EngineOptions = { port: number; env: NodeJS.ProcessEnv; logFile: string; report?: Reporter };

/** Starts `services/mesh-engine` and resolves when its health service says that workers take jobs. @throws with the last lines of its log when it ends first or does not serve within 60 s. */
export async function startMeshEngineProcess(options: EngineOptions): Promise<MeshEngineProcess> {
  const { port, env, logFile, report = () => {} } = options;
  const python = await enginePython(report);
  await mkdir(dirname(logFile), { recursive: true });
  const child = await startGuarded({
    command: python.path,
    args: ['-m', 'mesh_engine'],
    cwd: join(repositoryRoot, 'services/mesh-engine'),
    env: { ...env, PORT: `${port}`, PYTHONUNBUFFERED: '1' },
    logFile,
  });
  const address = `127.0.0.1:${port}`;
  const refusal = await untilItServes(child, address);
  if (!refusal) return { ...child, address, url: `grpc://${address}` };

  await child.kill();
  throw new Error(`mesh-engine ${refusal}; its log ${logFile} ends with:\n${await lastLines(logFile)}`);
}

/** @returns what went wrong; nothing when it serves. */
async function untilItServes(child: GuardedProcess, address: string): Promise<string | undefined> {
  const client = createMeshEngineClient(address);
  const deadline = Date.now() + servesWithinMs;
  try {
    while (Date.now() < deadline) {
      if (child.hasEnded()) return `ended with ${await child.ended} before it served`;
      if (await client.isServing().catch(() => false)) return undefined;
      await delay(probePauseMs);
    }
    return `did not serve within ${servesWithinMs / 1_000} s`;
  } finally {
    client.close();
  }
}
