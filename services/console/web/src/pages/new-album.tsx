import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDeed } from '../api/deeds.ts';
import type { Album } from '../api/music-shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';

/** Adds an album; its releases are imported by themselves. */
export const NewAlbum = () => (
  <DialogButton needs="member" kind="primary" dialog={(close) => <AlbumForm onClose={close} />}>
    New album
  </DialogButton>
);

function AlbumForm({ onClose }: { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const [title, setTitle] = useState('');
  const [artist, setArtist] = useState('');
  const [group, setGroup] = useState('');
  const create = useDeed<{ album: Album }>(({ album: { id } }) => {
    onClose();
    navigate(`/music/${id}`);
  });
  return (
    <Dialog title="New album" onClose={onClose}>
      <Question
        submit="Add"
        isBusy={create.isPending}
        onClose={onClose}
        onSubmit={() => {
          const body = { title, artists: artist ? [artist] : [], ...(group && { musicbrainzReleaseGroupId: group }) };
          create.mutate({ path: '/api/music/albums', body });
        }}
      >
        <TextField label="Title" value={title} onChange={setTitle} isRequired />
        <TextField label="Artist" value={artist} onChange={setArtist} />
        <TextField
          label="MusicBrainz release group"
          value={group}
          onChange={setGroup}
          hint="Empty: it is looked for by title and artist."
        />
      </Question>
    </Dialog>
  );
}
