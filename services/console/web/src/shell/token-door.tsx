import { type FormEvent, useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';

/** The token goes into a cookie that no script can read, and out of this page. */
export function TokenDoor({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const [token, setToken] = useState('');
  const signIn = useDeed(onSignedIn);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ path: '/api/session', body: { token } });
  };
  return (
    <form className="door-form" onSubmit={submit}>
      <TextField
        label="Token"
        type="password"
        value={token}
        onChange={setToken}
        isRequired
        hint="`make token ROLE=viewer|operator|admin` prints one."
      />
      <Button type="submit" kind="primary" isBusy={signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}
