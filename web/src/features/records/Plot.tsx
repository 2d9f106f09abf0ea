import { NativeSelect } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useI18n } from '../../i18n/index.tsx';
import { type UsageSearch, usageSpans } from '../../routes/paths.ts';
import { EmptyState, FailureState, Loading } from '../../ui/States.tsx';
import { Chart } from './Chart.tsx';
import type { Series } from './records.ts';

type Measure = NonNullable<UsageSearch['measure']>;

interface ChoicesProps<M extends Measure> {
  /** What can be shown; the first is, where none is chosen. */
  measures: readonly M[];
  measure: M | undefined;
  days: UsageSearch['days'];
  change: (part: { measure?: M; days?: UsageSearch['days'] }) => void;
}

/** Chooses what a plot shows, over how many days. */
export function PlotChoices<M extends Measure>({ measures, measure, days = 30, change }: ChoicesProps<M>) {
  const { t } = useI18n();
  return (
    <>
      <NativeSelect
        label={t('usage.show')}
        value={measure ?? measures[0]}
        onChange={event => change({ measure: event.currentTarget.value as M })}
        data={measures.map((value: Measure) => ({ value, label: t(`usage.show.${value}`) }))}
      />
      <NativeSelect
        label={t('usage.span')}
        value={String(days)}
        onChange={event => change({ days: Number(event.currentTarget.value) as UsageSearch['days'] })}
        data={usageSpans.map(value => ({ value: String(value), label: t('usage.days', { count: value }) }))}
      />
    </>
  );
}

interface Props {
  days: string[];
  series: Series[] | undefined;
  error: unknown;
  refetch: () => void;
  /** What it means that there is nothing to show. */
  empty: string;
  /** What it means that the viewer may not see it. */
  denied: string;
  title: string;
  format: (value: number) => string;
  base: 10 | 2;
}

/** A plot by day, or why there is none. */
export function Plot({ days, series, error, refetch, empty, denied, title, format, base }: Props) {
  const { t } = useI18n();
  if (error) return <FailureState error={error} onRetry={refetch} deniedHint={denied} />;
  if (!series) return <Loading />;
  if (series.length === 0) {
    return (
      <EmptyState icon={<IconChartBar size={28} />} title={t('usage.nothing')}>
        {empty}
      </EmptyState>
    );
  }
  return <Chart title={title} days={days} series={series} format={format} base={base} />;
}
