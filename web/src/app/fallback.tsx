// Pages for an unknown address and for a page that failed.
import { LinkButton } from "../ui/link-button";
import { Empty, Fault } from "../ui/states";

export function Missing() {
  return (
    <main id="content">
      <h1 className="sr-only">Not found</h1>
      <Empty title="There is no page here" action={<LinkButton to="/">To the start</LinkButton>}>
        The address may be mistyped, or what it named was deleted.
      </Empty>
    </main>
  );
}

export function Crash({ error }: { error: unknown }) {
  return (
    <div style={{ padding: 20 }}>
      <Fault error={error} retry={() => location.reload()} />
    </div>
  );
}
