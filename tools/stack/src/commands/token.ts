import { stackConfig } from '../config.ts';
import type { Role } from '../local-token.ts';
import { localToken } from '../local-token.ts';

const roles: readonly Role[] = ['member', 'viewer', 'operator', 'admin'];

const asked = stackConfig.variable('ROLE') ?? '(nothing)';
const role = roles.find((one) => one === asked);
if (role) {
  process.stdout.write(`${await localToken(role, stackConfig.variable('SUB') ?? role)}\n`);
} else {
  process.stderr.write(
    `make token: ROLE is ${asked}, but must be one of ${roles.join(', ')}; for example: make token ROLE=member SUB=ada\n`,
  );
  process.exitCode = 2;
}
