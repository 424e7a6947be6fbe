// Asks before a page with unsaved work is left; lets go once the work is safe.
import { Button, Group, Modal } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { type RefObject, useRef } from "react";

/** A flag that a page sets just before it leaves by itself, for example after saving. */
export function useLeaving(): RefObject<boolean> {
  return useRef(false);
}

interface LeaveGuardProps {
  unsaved: boolean;
  leaving: RefObject<boolean>;
}

export function LeaveGuard({ unsaved, leaving }: LeaveGuardProps) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      unsaved && !leaving.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => unsaved && !leaving.current,
    withResolver: true,
  });
  return (
    <Modal
      opened={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      title={<strong>Leave without saving?</strong>}
    >
      <p className="muted">What you changed on this page is not saved and would be lost.</p>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
        <Button onClick={() => blocker.reset?.()}>Stay</Button>
      </Group>
    </Modal>
  );
}
