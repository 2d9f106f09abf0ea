/** Whether a bucket lets access logs in, and how it is made to. */
import { queryOptions } from '@tanstack/react-query';
import { type Acl, getAcl } from '../../s3/rules.ts';
import { getPolicy } from '../../s3/settings.ts';
import { meant } from '../policy/actions.ts';
import { statementsOf, withInserted } from '../policy/document.ts';
import { emptyModel, readStatement, writeStatement } from '../policy/model.ts';

const service = 'logging.s3.amazonaws.com';
const group = 'http://acs.amazonaws.com/groups/s3/LogDelivery';

/** The policy and the list of a bucket to which logs may go. */
export const logTargetQuery = (target: string) =>
  queryOptions({
    queryKey: ['settings', target, 'logTarget'],
    retry: false,
    queryFn: async ({ signal }) => {
      const [policy, acl] = await Promise.all([getPolicy(target, signal), getAcl(target, signal)]);
      return { policy, letsIn: byPolicy(policy, target) || byList(acl) };
    },
  });

/** Whether a statement lets the service write; conditions and places are left to the server. */
function byPolicy(policy: string, target: string): boolean {
  const all = (statementsOf(policy) ?? []).map(raw => readStatement(raw, target).model);
  return all.some(
    one =>
      one.allow &&
      (one.everyone || one.who.some(who => who.kind === 'Service' && who.value === service)) &&
      one.actions.some(name => meant(name).includes('s3:PutObject') || name === '*'),
  );
}

function byList({ grants }: Acl): boolean {
  return grants.some(one => one.to === group && (one.permission === 'WRITE' || one.permission === 'FULL_CONTROL'));
}

/** Returns the policy with a statement that lets logs in. */
export function lettingLogsIn(policy: string, target: string): string {
  const statement = writeStatement(
    {
      ...emptyModel,
      who: [{ kind: 'Service', value: service }],
      actions: ['s3:PutObject'],
      places: [{ kind: 'all' }],
    },
    target,
  );
  return withInserted(policy, statementsOf(policy)?.length ?? 0, statement);
}
