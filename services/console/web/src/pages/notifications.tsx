import { refusalOf, useMe } from '../api/me.ts';
import { DeedButton } from '../ui/deed-button.tsx';
import { Page } from '../ui/page.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Alerts } from './alerts.tsx';
import { Inbox } from './inbox.tsx';
import { PreferencesForm } from './preferences-form.tsx';
import { PushSwitch } from './push-switch.tsx';

const own = [
  ['inbox', 'Inbox'],
  ['preferences', 'Preferences'],
] as const;
const all = [own[0], ['alerts', 'Alerts'], own[1]] as const;

/** What one has been told, what is wrong with the cluster, and how one wants to be told. */
export function NotificationsPage() {
  const tabs = refusalOf(useMe(), 'viewer') ? own : all;
  const tab = useTab(tabs);
  return (
    <Page
      title="Notifications"
      actions={
        <DeedButton path="/api/notifications/notifications/read-all" body={{}} needs="member" said="All are read.">
          Read all
        </DeedButton>
      }
    >
      <Tabs label="Parts of notifications" of={tabs} />
      {tab === 'inbox' && <Inbox />}
      {tab === 'alerts' && <Alerts />}
      {tab === 'preferences' && <Preferences />}
    </Page>
  );
}

const Preferences = () => (
  <>
    <PushSwitch />
    <PreferencesForm />
  </>
);
