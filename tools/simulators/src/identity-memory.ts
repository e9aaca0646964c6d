import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/** Where the identity provider keeps what it knows: here, until it stops. */
export function memory(): AdapterFactory {
  const kinds = new Map<string, Map<string, AdapterPayload>>();
  const rowsOf = (kind: string) => {
    const rows = kinds.get(kind) ?? new Map<string, AdapterPayload>();
    kinds.set(kind, rows);
    return rows;
  };
  return (kind) => adapterOf(rowsOf(kind));
}

function adapterOf(rows: Map<string, AdapterPayload>): Adapter {
  const findBy = async (fits: (row: AdapterPayload) => boolean) => [...rows.values()].find(fits);
  return {
    upsert: async (id, row) => void rows.set(id, row),
    find: async (id) => rows.get(id),
    findByUid: (uid) => findBy((row) => row.uid === uid),
    findByUserCode: (code) => findBy((row) => row.userCode === code),
    consume: async (id) => {
      const row = rows.get(id);
      if (row) rows.set(id, { ...row, consumed: Math.floor(Date.now() / 1_000) });
    },
    destroy: async (id) => void rows.delete(id),
    revokeByGrantId: async (grantId) => {
      for (const [id, row] of rows) if (row.grantId === grantId) rows.delete(id);
    },
  };
}
