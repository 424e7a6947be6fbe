// A dialog that asks for an explicit choice before an act; nothing is chosen beforehand.
import { Button, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Fault } from "./states";

export interface Choice {
  value: string;
  label: string;
  hint: string;
  /** Given: this text has to be typed before the act is possible. */
  typed?: string;
}

interface ChoiceDialogProps {
  title: string;
  children?: ReactNode;
  choices: Choice[];
  act: string;
  opened: boolean;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onAct: (value: string, typed: string) => void;
}

export function ChoiceDialog({
  title,
  children,
  choices,
  act,
  opened,
  busy,
  error,
  onClose,
  onAct,
}: ChoiceDialogProps) {
  const [value, setValue] = useState("");
  const [typed, setTyped] = useState("");
  const chosen = choices.find((choice) => choice.value === value);
  const ready = chosen !== undefined && (chosen.typed === undefined || typed === chosen.typed);
  return (
    <Modal opened={opened} onClose={onClose} title={<strong>{title}</strong>}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onAct(value, typed);
        }}
      >
        <Stack gap="sm">
          {children}
          <Radio.Group value={value} onChange={setValue} aria-label={title}>
            <Stack gap="sm">
              {choices.map((choice) => (
                <Radio
                  key={choice.value}
                  value={choice.value}
                  label={choice.label}
                  description={choice.hint}
                />
              ))}
            </Stack>
          </Radio.Group>
          {chosen?.typed ? (
            <TextInput
              label={`Type ${chosen.typed} to confirm`}
              autoComplete="off"
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          ) : null}
          <Fault error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave as it is
            </Button>
            <Button type="submit" disabled={!ready} loading={busy}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
