import { useAnswer } from '../api/answers.ts';
import { Answer } from '../ui/answer.tsx';
import { Mark } from './mark.tsx';
import { ProviderDoor } from './provider-door.tsx';
import { TokenDoor } from './token-door.tsx';

type WayIn = { readonly by: 'token' } | { readonly by: 'provider'; readonly name: string };

/** The door: what opens it is for the console to say. */
export function SignIn({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const way = useAnswer<WayIn>('/api/session');
  return (
    <main className="door">
      <div className="card door-card">
        <Mark />
        <h1>Millrace</h1>
        <Answer of={way} lines={3}>
          {(found) =>
            found.by === 'token' ? <TokenDoor onSignedIn={onSignedIn} /> : <ProviderDoor name={found.name} />
          }
        </Answer>
      </div>
    </main>
  );
}
