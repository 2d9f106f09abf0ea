import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { policy as german } from '../../i18n/de/policy.ts';
import { policy as english } from '../../i18n/en/policy.ts';
import { useI18n, useWords } from '../../i18n/index.tsx';
import { groupsQuery, nameOf, usersQuery } from '../people/people.ts';
import { mayManage, useSession } from '../session/session.ts';
import type { Principal } from './model.ts';
import type { PolicyWords, Speaker } from './sentence.ts';

const words = { en: english, de: german };

/** Returns the translating function of the builder's words. */
export const usePolicyWords = (): PolicyWords => useWords<typeof english>(words);

/** Somebody who can be picked. */
export interface Candidate {
  id: string;
  label: string;
  /** Whom the policy then names. */
  who: Principal[];
}

export const byUserId = (contract: number, userId: string): Principal => ({
  kind: 'AWS',
  value: `arn:aws:iam:::user/${contract}:${userId}`,
});

/** Returns the people and groups that the viewer may list; empty for those who may not. */
export function useCandidates(): Candidate[] {
  const t = usePolicyWords();
  const session = useSession();
  const enabled = mayManage(session);
  const { data: users } = useQuery({ ...usersQuery, enabled });
  const { data: groups } = useQuery({ ...groupsQuery, enabled });
  return useMemo(() => {
    const contract = session.contract.number;
    const people = (users ?? []).map(user => ({
      id: user.id,
      label: t('policy.pickUser', { name: nameOf(user), mail: user.properties.email }),
      who: [byUserId(contract, user.id)],
    }));
    const groupsOfPeople = (groups ?? []).map(group => {
      const members = group.entities?.users?.items ?? [];
      return {
        id: group.id,
        label: t('policy.pickGroup', { name: group.properties.name, count: members.length }),
        who: members.map(member => byUserId(contract, member.id)),
      };
    });
    return [...people, ...groupsOfPeople.filter(group => group.who.length > 0)];
  }, [users, groups, session.contract.number, t]);
}

const ofUser = /^(?:arn:aws:iam::\d*:user\/)?(?:\d{8}[:|])?([0-9a-f-]{36})$/i;

/** Returns what is needed to say statements in the chosen language. */
export function useSpeaker(): Speaker {
  const t = usePolicyWords();
  const { locale, dateTime } = useI18n();
  const session = useSession();
  const { data: users } = useQuery({ ...usersQuery, enabled: mayManage(session) });
  return useMemo(() => {
    const join = (type: 'conjunction' | 'disjunction') => {
      const format = new Intl.ListFormat(locale, { type });
      return (list: string[]) => format.format(list);
    };
    const { user } = session;
    const own = `${user.firstname} ${user.lastname}`.trim() || user.email;
    const name = ({ value }: Principal) => {
      const id = ofUser.exec(value)?.[1]?.toLowerCase();
      const canonical = value.replace(/^arn:aws:iam:::user\//, '');
      if (id === user.id || (user.canonicalUserId && canonical === user.canonicalUserId)) return own;
      const found = users?.find(one => one.id === id || one.properties.s3CanonicalUserId === canonical);
      if (found) return nameOf(found);
      const contract = /^(?:arn:aws:iam::)?(\d{8})(?::root)?$/.exec(value)?.[1];
      return contract ? t('policy.contract', { number: contract }) : canonical;
    };
    return { t, and: join('conjunction'), or: join('disjunction'), dateTime, name };
  }, [t, locale, dateTime, session, users]);
}
