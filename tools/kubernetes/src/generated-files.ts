import { consoleRow, serviceTable } from '@millrace/stack';
import { stringify } from 'yaml';
import { apiOf, frontOf } from './api.ts';
import { brokerDefinitions } from './broker-permissions.ts';
import type { Manifest } from './pod.ts';
import { listQueues, type Queue } from './queues.ts';
import { autoscalerOf, scaledObjectOf, workerName, workerOf } from './worker.ts';

export type GeneratedFile = { readonly path: string; readonly text: string };

const mark = '# Generated from the contracts by `node tools/kubernetes/src/main.ts`; change that, not this.\n';
const portOf = (service: string): number => serviceTable.find(({ name }) => name === service)?.port ?? 0;

/** Everything in infra/k8s that follows from the tables of services and the contracts. */
export function generatedFiles(queues: readonly Queue[] = listQueues()): GeneratedFile[] {
  const answering = serviceTable.map((row) => {
    const hasWorkers = queues.some(({ service }) => service === row.name);
    return file(`base/services/${row.name}.yaml`, ...apiOf({ ...row, hasWorkers }));
  });
  const services = [file(`base/services/${consoleRow.name}.yaml`, ...frontOf(consoleRow)), ...answering];
  const workers = queues.map((queue) =>
    file(`base/workers/${workerName(queue)}.yaml`, ...workerOf(queue, portOf(queue.service))),
  );
  const autoscalers = queues.map((queue) =>
    file(`components/hpa-per-queue/${workerName(queue)}.yaml`, autoscalerOf(queue)),
  );
  const scaledObjects = queues.map((queue) =>
    file(`components/keda-per-queue/${workerName(queue)}.yaml`, scaledObjectOf(queue)),
  );
  const sets = { 'base/services': services, 'base/workers': workers };
  const components = { 'components/hpa-per-queue': autoscalers, 'components/keda-per-queue': scaledObjects };
  return [
    ...Object.values({ ...sets, ...components }).flat(),
    ...Object.entries(sets).map(([folder, files]) => listOf(folder, files, 'Kustomization')),
    ...Object.entries(components).map(([folder, files]) => listOf(folder, files, 'Component')),
    {
      path: 'infra/k8s/components/rabbitmq/20-permissions.json',
      text: `${JSON.stringify(brokerDefinitions(), null, 2)}\n`,
    },
  ];
}

const file = (path: string, ...manifests: readonly Manifest[]): GeneratedFile => ({
  path: `infra/k8s/${path}`,
  text: mark + manifests.map((one) => stringify(one, { aliasDuplicateObjects: false, lineWidth: 0 })).join('---\n'),
});

const listOf = (
  folder: string,
  files: readonly GeneratedFile[],
  kind: 'Kustomization' | 'Component',
): GeneratedFile => ({
  path: `infra/k8s/${folder}/kustomization.yaml`,
  text: `${mark}${stringify({
    apiVersion: kind === 'Kustomization' ? 'kustomize.config.k8s.io/v1beta1' : 'kustomize.config.k8s.io/v1alpha1',
    kind,
    resources: files.map(({ path }) => path.split('/').at(-1)),
  })}`,
});
