import { type ComponentType, lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Empty, Waiting } from '../ui/answer.tsx';
import { Page } from '../ui/page.tsx';

/** Every page is loaded when it is gone to first. */
const page = <Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) =>
  lazy(async () => ({ default: (await load())[name] }));

const table: readonly (readonly [path: string, view: ComponentType])[] = [
  ['/', page(() => import('./overview.tsx'), 'OverviewPage')],
  ['/jobs', page(() => import('./jobs.tsx'), 'JobsPage')],
  ['/jobs/:service/:id', page(() => import('./job.tsx'), 'JobPage')],
  ['/traces/:id', page(() => import('./trace.tsx'), 'TracePage')],
  ['/queues', page(() => import('./queues.tsx'), 'QueuesPage')],
  ['/queues/:service/:name', page(() => import('./queue.tsx'), 'QueuePage')],
  ['/dead-letters', page(() => import('./dead-letters.tsx'), 'DeadLettersPage')],
  ['/dead-letters/:service/:fingerprint', page(() => import('./dead-letter.tsx'), 'DeadLetterPage')],
  ['/workers', page(() => import('./workers.tsx'), 'WorkersPage')],
  ['/schedules', page(() => import('./schedules.tsx'), 'SchedulesPage')],
  ['/operations', page(() => import('./operations.tsx'), 'OperationsPage')],
  ['/operations/:service/:id', page(() => import('./operation.tsx'), 'OperationPage')],
  ['/campaigns', page(() => import('./campaigns.tsx'), 'CampaignsPage')],
  ['/campaigns/:id', page(() => import('./campaign.tsx'), 'CampaignPage')],
  ['/pools', page(() => import('./pools.tsx'), 'PoolsPage')],
  ['/pools/:type', page(() => import('./pool.tsx'), 'PoolPage')],
  ['/meshes', page(() => import('./meshes.tsx'), 'MeshesPage')],
  ['/meshes/:id', page(() => import('./mesh.tsx'), 'MeshPage')],
  ['/batches', page(() => import('./batches.tsx'), 'BatchesPage')],
  ['/batches/:id', page(() => import('./batch.tsx'), 'BatchPage')],
  ['/projects', page(() => import('./projects.tsx'), 'ProjectsPage')],
  ['/projects/:id', page(() => import('./project.tsx'), 'ProjectPage')],
  ['/music', page(() => import('./music.tsx'), 'MusicPage')],
  ['/music/:id', page(() => import('./album.tsx'), 'AlbumPage')],
  ['/notifications', page(() => import('./notifications.tsx'), 'NotificationsPage')],
  ['/alerts/:id', page(() => import('./alert.tsx'), 'AlertPage')],
  ['/deliveries', page(() => import('./deliveries.tsx'), 'DeliveriesPage')],
  ['/deliveries/:id', page(() => import('./delivery.tsx'), 'DeliveryPage')],
  ['/health', page(() => import('./health.tsx'), 'HealthPage')],
  ['/ledger', page(() => import('./ledger.tsx'), 'LedgerPage')],
  ['/audit', page(() => import('./audit.tsx'), 'AuditPage')],
];

export const Pages = () => (
  <Suspense fallback={<Waiting lines={12} />}>
    <Switch>
      {table.map(([path, view]) => (
        <Route key={path} path={path} component={view} />
      ))}
      <Route>
        <Page title="Nothing here">
          <Empty title="There is no such page">The menu shows what there is.</Empty>
        </Page>
      </Route>
    </Switch>
  </Suspense>
);
