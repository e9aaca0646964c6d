import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { useAnswer } from './api/answers.ts';
import { type Me, MeContext } from './api/me.ts';
import { LiveProvider } from './live/live.tsx';
import { Pages } from './pages/pages.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { Answer } from './ui/answer.tsx';
import { NotesProvider } from './ui/notes.tsx';
import { ThemeProvider } from './ui/theme.tsx';

/** A refusal is an answer; only what could not answer is asked again, after one second and after two. */
const client = new QueryClient({
  defaultOptions: { queries: { retry: (failures, error) => isAway(error) && failures < 2, staleTime: 500 } },
});

/** Nobody, or a service that the console could not reach in time. */
const isAway = (error: unknown): boolean => [0, 502, 503, 504].includes((error as { status?: number }).status ?? 0);

export const App = () => (
  <ThemeProvider>
    <QueryClientProvider client={client}>
      <NotesProvider>
        <SignedIn />
      </NotesProvider>
    </QueryClientProvider>
  </ThemeProvider>
);

/** Everything but the door needs a session; when it ends, the door is shown in the place of the page that one was at. */
function SignedIn() {
  const queries = useQueryClient();
  const me = useAnswer<Me>('/api/me', { everyMs: 60_000 });
  if (me.error?.status === 401) return <SignIn onSignedIn={() => void queries.resetQueries()} />;
  return (
    <Answer of={me} lines={12}>
      {(person) => (
        <MeContext value={person}>
          <LiveProvider>
            <Shell>
              <Pages />
            </Shell>
          </LiveProvider>
        </MeContext>
      )}
    </Answer>
  );
}
