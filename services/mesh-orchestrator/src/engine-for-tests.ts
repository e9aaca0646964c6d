import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Server, ServerCredentials, type sendUnaryData, status } from '@grpc/grpc-js';
import {
  type Artifact,
  type DrawThumbnailRequest,
  type GenerateRequest,
  Job,
  type MeshEngineServiceServer,
  MeshEngineServiceService,
  Mode,
  State,
} from '@millrace/mesh-rpc';
import { HealthImplementation } from 'grpc-health-check';

/** How a job goes at the engine. */
export type Course = {
  /** The states that it tells, one after the other. Default: processing, then completed. */
  readonly stages?: readonly Partial<Job>[];
  /** Between two of them. Default 20 ms. */
  readonly stepMs?: number;
  /** The call that hands it over is answered with this instead. */
  readonly refusal?: { readonly code: number; readonly details: string };
};

type Running = { readonly request: GenerateRequest; job: Job; stopped: boolean };

export const completes = { state: State.COMPLETED, stage: 'stored', progress: 100 } as const;
export const failure = (code: string, permanent: boolean) =>
  ({
    state: State.FAILED,
    stage: 'failed',
    failure: { code, message: `the engine says ${code}`, permanent, retryAfterMs: 0 },
  }) satisfies Partial<Job>;

/**
 * A gRPC server that speaks the engine's contract and makes the faults that are asked of it. What it makes are a few bytes; that real
 * pictures become real meshes is shown with the real engine.
 */
export async function startEngineForTests({ directory, secret }: { directory: string; secret: string }) {
  const jobs = new Map<string, Running>();
  const seen = {
    generated: [] as string[],
    cancelled: [] as string[],
    asked: [] as string[],
    drawn: [] as string[],
    mostAtOnce: 0,
    callbacks: 0,
  };
  const behaviour = {
    courseOf: (_request: GenerateRequest): Course => ({}),
    /** What becomes of each callback. Default: it is sent at once. */
    deliver: async (send: () => Promise<number>): Promise<void> => void (await send()),
  };
  let server = newServer();
  const port = await listen(server, 0);

  function newServer(): Server {
    const made = new Server();
    new HealthImplementation({ 'mesh.v1.MeshEngineService': 'SERVING' }).addToServer(made as never);
    const engine: MeshEngineServiceServer = {
      generate: ({ request }, callback) => generate(request, callback),
      getStatus({ request: { jobId } }, callback) {
        seen.asked.push(jobId);
        answer(jobId, callback);
      },
      cancel({ request: { jobId } }, callback) {
        seen.cancelled.push(jobId);
        const running = jobs.get(jobId);
        if (running && isLive(running.job)) advance(running, { state: State.CANCELLED, stage: 'cancelled' });
        answer(jobId, callback);
      },
      streamProgress: (call) => call.end(),
      getArtifact: (call) => call.end(),
      drawThumbnail: ({ request }, callback) => draw(request, callback),
    };
    made.addService(MeshEngineServiceService, engine);
    return made;
  }

  function generate(request: GenerateRequest, callback: sendUnaryData<Job>): void {
    seen.generated.push(request.jobId);
    const course = behaviour.courseOf(request);
    if (course.refusal) callback(course.refusal);
    else if (jobs.has(request.jobId)) answer(request.jobId, callback);
    else take(request, course, callback);
  }

  function draw({ jobId, widthPx }: DrawThumbnailRequest, callback: sendUnaryData<Artifact>): void {
    seen.drawn.push(`${jobId} ${widthPx}`);
    if (jobs.get(jobId)?.job.state !== State.COMPLETED)
      callback({ code: status.NOT_FOUND, details: `no job ${jobId}` });
    else
      void keep(directory, jobId, {
        name: `thumbnail-${widthPx}.png`,
        format: 'thumbnail',
        mediaType: 'image/png',
      }).then((drawn) => callback(null, drawn));
  }

  function take(request: GenerateRequest, course: Course, callback: sendUnaryData<Job>): void {
    const running = { request, job: accepted(request), stopped: false };
    jobs.set(request.jobId, running);
    seen.mostAtOnce = Math.max(seen.mostAtOnce, [...jobs.values()].filter(({ job }) => isLive(job)).length);
    callback(null, running.job);
    void go(running, course);
  }

  async function go(
    running: Running,
    { stages = [{ state: State.PROCESSING, stage: 'triangulate', progress: 60 }, completes], stepMs = 20 }: Course,
  ) {
    for (const stage of stages) {
      await new Promise((resolve) => setTimeout(resolve, stepMs));
      if (running.stopped || !isLive(running.job)) return;
      const made = stage.state === State.COMPLETED ? await makeArtifacts(directory, running.request) : {};
      advance(running, { ...made, ...stage });
      await behaviour.deliver(() => post(running.job, running.request.callbackUrl));
    }
  }

  function advance(running: Running, change: Partial<Job>): void {
    running.job = { ...running.job, ...change, seq: running.job.seq + 1n };
  }

  function answer(jobId: string, callback: sendUnaryData<Job>): void {
    const running = jobs.get(jobId);
    if (running) callback(null, running.job);
    else callback({ code: status.NOT_FOUND, details: `no job ${jobId}` });
  }

  async function post(job: Job, url: string, signing: { secret?: string; timestamp?: number } = {}): Promise<number> {
    seen.callbacks += 1;
    const body = JSON.stringify(Job.toJSON(job));
    const id = `${job.jobId}.${job.seq}`;
    const timestamp = `${signing.timestamp ?? Math.floor(Date.now() / 1_000)}`;
    const mac = createHmac('sha256', signing.secret ?? secret)
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac}`,
    };
    const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
    await response?.arrayBuffer();
    return response?.status ?? 0;
  }

  return {
    address: `127.0.0.1:${port}`,
    seen,
    behaviour,
    jobs,
    post,
    /** As after kill -9: nobody answers, and what was known is forgotten. */
    kill(): void {
      for (const running of jobs.values()) running.stopped = true;
      jobs.clear();
      server.forceShutdown();
    },
    async restart(): Promise<void> {
      server = newServer();
      await listen(server, port);
    },
    stop(): void {
      this.kill();
    },
  };
}

const isLive = ({ state }: Job): boolean => state === State.ACCEPTED || state === State.PROCESSING;

const accepted = ({ jobId, mode, fence }: GenerateRequest): Job => ({
  ...Job.fromJSON({}),
  jobId,
  state: State.ACCEPTED,
  stage: 'accepted',
  seq: 1n,
  fence,
  mode: mode === Mode.AUTO ? Mode.RELIEF : mode,
  reason: mode === Mode.AUTO ? 'it looks like a photo' : '',
  engineVersion: 'test-1',
});

const glb = { name: 'mesh.glb', format: 'glb', mediaType: 'model/gltf-binary' };

const makeArtifacts = async (directory: string, { jobId }: GenerateRequest): Promise<Partial<Job>> => ({
  vertexCount: 8n,
  triangleCount: 12n,
  achievedError: 0.01,
  watertight: true,
  imageSha256: 'cd34',
  artifacts: [await keep(directory, jobId, glb)],
});

/** Writes a file of a job. */
async function keep(
  directory: string,
  jobId: string,
  file: Pick<Artifact, 'name' | 'format' | 'mediaType'>,
): Promise<Artifact> {
  const path = join(directory, 'meshes', jobId, 'f00d', file.name);
  const content = `${file.name === glb.name ? 'mesh' : file.name} of ${jobId}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return { ...file, url: pathToFileURL(path).href, bytes: BigInt(Buffer.byteLength(content)), sha256: 'ab12' };
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
