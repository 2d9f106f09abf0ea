import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useT } from '../../i18n/index.tsx';
import { allKeysQuery, stopping } from './allKeys.ts';

/** Says in numbers which keys of some people stop working, and how many of them programs used this week. */
export function Stops({ userIds }: { userIds: string[] }) {
  const t = useT();
  const { data: keys } = useQuery(allKeysQuery);
  if (!keys) return null;
  const people = new Set(userIds);
  const hit = stopping(
    keys.filter(key => people.has(key.userId)),
    Date.now(),
  );
  return (
    <Text size="sm" fw={550}>
      {hit.keys === 0
        ? t('people.stopsNone')
        : `${t('people.stops', { count: hit.keys })} ${t('people.stopsUsed', { count: hit.used })}`}
    </Text>
  );
}
