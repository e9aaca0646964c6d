import type { Role } from '../api/me.ts';
import {
  Activity,
  Album,
  Bell,
  BookOpenCheck,
  Boxes,
  CalendarClock,
  Cpu,
  Grid3x3,
  HeartPulse,
  Layers,
  ListChecks,
  type LucideIcon,
  MapIcon,
  PackageOpen,
  Rows3,
  ScrollText,
  Send,
  Shapes,
  Skull,
} from '../ui/icons.ts';

type Room = {
  readonly href: string;
  readonly text: string;
  readonly icon: LucideIcon;
  /** The least role that finds something here; members see their own things. */
  readonly role: Role;
};

/** Where one can go, in the order of the menu. */
export const rooms: readonly { readonly title: string; readonly rooms: readonly Room[] }[] = [
  {
    title: 'Cluster',
    rooms: [
      { href: '/', text: 'Overview', icon: Activity, role: 'viewer' },
      { href: '/jobs', text: 'Jobs', icon: ListChecks, role: 'member' },
      { href: '/queues', text: 'Queues', icon: Rows3, role: 'viewer' },
      { href: '/dead-letters', text: 'Dead letters', icon: Skull, role: 'viewer' },
      { href: '/workers', text: 'Workers', icon: Cpu, role: 'viewer' },
      { href: '/schedules', text: 'Schedules', icon: CalendarClock, role: 'viewer' },
      { href: '/operations', text: 'Operations', icon: Boxes, role: 'viewer' },
    ],
  },
  {
    title: 'Products',
    rooms: [
      { href: '/campaigns', text: 'Campaigns', icon: MapIcon, role: 'member' },
      { href: '/pools', text: 'Pools', icon: PackageOpen, role: 'viewer' },
      { href: '/meshes', text: 'Meshes', icon: Shapes, role: 'member' },
      { href: '/batches', text: 'Batches', icon: Grid3x3, role: 'member' },
      { href: '/projects', text: 'Projects', icon: Layers, role: 'member' },
      { href: '/music', text: 'Music', icon: Album, role: 'member' },
    ],
  },
  {
    title: 'Records',
    rooms: [
      { href: '/notifications', text: 'Notifications', icon: Bell, role: 'member' },
      { href: '/deliveries', text: 'Deliveries', icon: Send, role: 'viewer' },
      { href: '/health', text: 'Health', icon: HeartPulse, role: 'viewer' },
      { href: '/ledger', text: 'Ledger', icon: BookOpenCheck, role: 'viewer' },
      { href: '/audit', text: 'Audit', icon: ScrollText, role: 'viewer' },
    ],
  },
];
