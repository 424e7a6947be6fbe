// Pages for an unknown address and for a page that failed.
import { LinkButton } from "../ui/link-button";
import { Empty, Fault } from "../ui/states";

export function Missing() {
  return (
    <Empty title="There is no page here" action={<LinkButton to="/">To the start</LinkButton>}>
      The address may be mistyped, or what it named was deleted.
    </Empty>
  );
}

export function Crash({ error }: { error: unknown }) {
  return (
    <div style={{ padding: 20 }}>
      <Fault error={error} retry={() => location.reload()} />
    </div>
  );
}
