import { useState } from 'react';
import { useLocation } from 'wouter';
import { useMe } from '../api/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { roomsFor } from './rooms-for.ts';

type Goal = { readonly href: string; readonly text: string };

/** Goes anywhere by a few letters; an id, a trace or a job's name is looked for. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const me = useMe();
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const goals = [...roomGoals(roomsFor(me), text), ...searchGoals(text.trim())];
  const go = ({ href }: Goal) => {
    onClose();
    navigate(href);
  };
  return (
    <Dialog title="Go to" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (goals[0]) go(goals[0]);
        }}
      >
        <TextField label="Room, job name, id or trace" type="search" value={text} onChange={setText} />
        <ul className="goals">
          {goals.map((goal) => (
            <li key={goal.href}>
              <button type="button" onClick={() => go(goal)}>
                {goal.text}
              </button>
            </li>
          ))}
        </ul>
      </form>
    </Dialog>
  );
}

const roomGoals = (groups: ReturnType<typeof roomsFor>, text: string): Goal[] =>
  groups
    .flatMap(({ rooms }) => rooms)
    .filter((room) => room.text.toLowerCase().includes(text.trim().toLowerCase()))
    .map(({ href, text: name }) => ({ href, text: name }));

function searchGoals(text: string): Goal[] {
  if (text === '') return [];
  if (/^[0-9a-f]{32}$/.test(text)) {
    return [
      { href: `/traces/${text}`, text: `Trace ${text}` },
      { href: `/jobs?trace=${text}`, text: `Jobs of trace ${text}` },
    ];
  }
  return [{ href: `/jobs?q=${encodeURIComponent(text)}`, text: `Jobs with “${text}”` }];
}
