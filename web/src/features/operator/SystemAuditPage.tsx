import { useNavigate, useSearch } from '@tanstack/react-router';
import { paths } from '../../routes/paths.ts';
import { AuditLog } from '../records/AuditPage.tsx';
import { useOperatorWords } from './words.ts';

/** What the operator did outside of contracts. */
export function SystemAuditPage() {
  const w = useOperatorWords();
  const search = useSearch({ from: '/system/system/audit' });
  const navigate = useNavigate();
  return (
    <AuditLog
      of="system"
      hint={w('op.auditHint')}
      deniedHint={w('op.denied')}
      search={search}
      onSearch={next => navigate({ to: paths.systemAudit, search: next, replace: true })}
    />
  );
}
