import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import { type ComponentPropsWithoutRef, useId } from 'react';

interface Props extends ButtonProps, Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps> {
  /** Why the button cannot be used now; empty when it can. */
  reason: string;
}

/** A button that stays reachable when it cannot be used, and says why. */
export function ExplainedButton({ reason, onClick, children, ...rest }: Props) {
  const id = useId();
  if (!reason) {
    return (
      <Button {...rest} onClick={onClick}>
        {children}
      </Button>
    );
  }
  return (
    <>
      <Tooltip label={reason} multiline maw={320}>
        <Button {...rest} data-disabled aria-disabled aria-describedby={id} onClick={event => event.preventDefault()}>
          {children}
        </Button>
      </Tooltip>
      <span id={id} className="coffer-offscreen">
        {reason}
      </span>
    </>
  );
}
