import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { useMe } from '../api/me.ts';
import { useLive } from '../live/live.tsx';
import { IconButton } from '../ui/button.tsx';
import { Bell, LogOut, Menu, Search } from '../ui/icons.ts';
import { ThemeButton } from '../ui/theme.tsx';
import { clockTime } from '../ui/time.tsx';
import { Mark } from './mark.tsx';
import { Palette } from './palette.tsx';
import { roomsFor } from './rooms-for.ts';

/** What stands round every page: the menu, what is stale, who one is. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    setMenuOpen(false);
    main.current?.scrollTo(0, 0);
  }, [path]);
  return (
    <div className="shell" data-menu={isMenuOpen ? 'open' : 'shut'}>
      <a href="#main" className="skip">
        Skip to the page
      </a>
      <header className="bar">
        <div className="bar-menu">
          <IconButton label="Menu" icon={Menu} isOpen={isMenuOpen} onClick={() => setMenuOpen((isOpen) => !isOpen)} />
        </div>
        <Link href="/" className="brand">
          <Mark /> Millrace
        </Link>
        <Freshness />
        <Tools />
      </header>
      <RoomList path={path} />
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** Says when what is shown may be old, and nothing while it is not. */
function Freshness() {
  const { staleSince, away } = useLive();
  const old = [...away].map(([service, at]) => `${service} since ${clockTime(at)}`);
  const text = staleSince
    ? `Stale since ${clockTime(staleSince)}`
    : old.length > 0
      ? `Not heard: ${old.join(', ')}`
      : '';
  return (
    <p className="freshness" role="status" data-stale={text !== ''}>
      {text || 'Live'}
    </p>
  );
}

function Tools() {
  const me = useMe();
  const [isSearching, setSearching] = useState(false);
  const signOut = useDeed<{ leaveBy: string } | undefined>((answer) => leave(answer?.leaveBy));
  useShortcut(() => setSearching(true));
  return (
    <div className="bar-tools">
      <IconButton label="Go to (Ctrl K)" icon={Search} onClick={() => setSearching(true)} />
      <InboxLink />
      <ThemeButton />
      <span className="who">
        {me.sub} <span className="faint">{me.role}</span>
      </span>
      <IconButton
        label="Sign out"
        icon={LogOut}
        onClick={() => signOut.mutate({ method: 'DELETE', path: '/api/session' })}
      />
      {isSearching && <Palette onClose={() => setSearching(false)} />}
    </div>
  );
}

/** Where there is an identity provider, one leaves it too. */
function leave(by: string | undefined): void {
  if (by) window.location.assign(by);
  else window.location.reload();
}

function InboxLink() {
  const unread = useAnswer<{ count: number }>('/api/notifications/notifications/unread-count').data?.count ?? 0;
  return (
    <Link href="/notifications" className="icon-button" aria-label={`Notifications, ${unread} unread`}>
      <Bell size={18} aria-hidden />
      {unread > 0 && <span className="dot">{unread > 99 ? '99+' : unread}</span>}
    </Link>
  );
}

function RoomList({ path }: { readonly path: string }) {
  const me = useMe();
  const isHere = (href: string) => (href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`));
  return (
    <nav className="rooms" aria-label="Rooms">
      {roomsFor(me).map(({ title, rooms }) => (
        <div key={title}>
          <h2>{title}</h2>
          <ul>
            {rooms.map(({ href, text, icon: Icon }) => (
              <li key={href}>
                <Link href={href} aria-current={isHere(href) ? 'page' : undefined}>
                  <Icon size={16} aria-hidden /> {text}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function useShortcut(onAsked: () => void): void {
  const asked = useRef(onAsked);
  asked.current = onAsked;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      asked.current();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
