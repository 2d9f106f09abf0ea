import { Button, Table } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useId, useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import classes from './Chart.module.css';
import { axisEnd, type Series } from './records.ts';

interface Props {
  title: string;
  days: string[];
  series: Series[];
  format: (value: number) => string;
  /** Of the axis: 2 for bytes. */
  base: 10 | 2;
}

const height = 240;
const pad = { left: 64, right: 8, top: 10, bottom: 24 };

/** Stacked bars, one for each day. The same numbers are there as a table, for whoever cannot or will not look at bars. */
export function Chart({ title, days, series, format, base }: Props) {
  const { t } = useI18n();
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const totals = days.map((_, at) => series.reduce((sum, one) => sum + (one.values[at] ?? 0), 0));
  return (
    <figure className={classes.figure} aria-labelledby={id}>
      <figcaption id={id} className={classes.caption}>
        <span>{title}</span>
        <Button variant="subtle" size="compact-sm" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t('usage.table')}
        </Button>
      </figcaption>
      {asTable ? (
        <Numbers days={days} series={series} format={format} title={title} />
      ) : (
        <>
          <Bars days={days} series={series} totals={totals} format={format} base={base} title={title} />
          <ul className={classes.legend}>
            {series.map((one, at) => (
              <li key={one.id}>
                <span className={classes.swatch} data-series={at} aria-hidden />
                {one.name}
              </li>
            ))}
          </ul>
        </>
      )}
    </figure>
  );
}

function Bars({ title, days, series, totals, format, base }: Props & { totals: number[] }) {
  const { t, date } = useI18n();
  const { ref, width } = useElementSize();
  const end = axisEnd(Math.max(...totals, 0), base);
  const inner = { width: Math.max(width - pad.left - pad.right, 1), height: height - pad.top - pad.bottom };
  const step = inner.width / days.length;
  const y = (value: number) => pad.top + inner.height * (1 - value / end);
  const day = (text: string | undefined) => date(text && `${text}T12:00:00Z`);
  const peak = totals.indexOf(Math.max(...totals));
  const summary = t('usage.summary', { title, day: day(days[peak]), most: format(totals[peak] ?? 0) });
  const marks = [0, 0.25, 0.5, 0.75, 1].map(share => share * end);
  const labels = [0, Math.floor((days.length - 1) / 2), days.length - 1];
  return (
    <div ref={ref} className={classes.plot}>
      <svg width="100%" height={height} role="img" aria-label={summary}>
        {marks.map(mark => (
          <g key={mark}>
            <line x1={pad.left} x2={pad.left + inner.width} y1={y(mark)} y2={y(mark)} className={classes.grid} />
            {(base === 2 || Number.isInteger(mark)) && (
              <text x={pad.left - 8} y={y(mark) + 4} textAnchor="end" className={classes.label}>
                {format(mark)}
              </text>
            )}
          </g>
        ))}
        {days.map((one, at) => {
          let below = 0;
          return (
            <g key={one}>
              <title>{`${day(one)}: ${format(totals[at] ?? 0)}`}</title>
              <rect x={pad.left + at * step} y={pad.top} width={step} height={inner.height} className={classes.hover} />
              {series.map((row, index) => {
                const value = row.values[at] ?? 0;
                const from = below;
                below += value;
                if (value === 0) return null;
                return (
                  <rect
                    key={row.id}
                    x={pad.left + at * step + step * 0.12}
                    width={Math.max(step * 0.76, 1)}
                    y={y(below)}
                    height={Math.max(y(from) - y(below), 1)}
                    className={classes.bar}
                    data-series={index}
                  />
                );
              })}
            </g>
          );
        })}
        {labels.map((at, index) => (
          <text
            key={index === 0 ? 'first' : index === 1 ? 'middle' : 'last'}
            x={index === 0 ? pad.left : index === 1 ? pad.left + inner.width / 2 : pad.left + inner.width}
            y={height - 6}
            textAnchor={index === 0 ? 'start' : index === 1 ? 'middle' : 'end'}
            className={classes.label}
          >
            {day(days[at])}
          </text>
        ))}
      </svg>
    </div>
  );
}

function Numbers({ title, days, series, format }: Omit<Props, 'base'>) {
  const { t, date } = useI18n();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={classes.numbers} tabIndex={0} aria-label={title}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('usage.day')}</Table.Th>
            {series.map(one => (
              <Table.Th key={one.id}>{one.name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days
            .map((day, at) => (
              <Table.Tr key={day}>
                <Table.Th scope="row">{date(`${day}T12:00:00Z`)}</Table.Th>
                {series.map(one => (
                  <Table.Td key={one.id}>{format(one.values[at] ?? 0)}</Table.Td>
                ))}
              </Table.Tr>
            ))
            .reverse()}
        </Table.Tbody>
      </Table>
    </section>
  );
}
