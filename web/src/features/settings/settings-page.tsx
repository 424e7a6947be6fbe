// One's own account: theme, password, API keys, signed-in devices, licences.
import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { useUser } from "../../lib/session";
import styles from "../../ui/fields.module.css";
import { Page, Panel } from "../../ui/page";
import { ApiKeys } from "./api-keys";
import { Devices } from "./devices";
import { Notices } from "./notices";
import { PasswordForm } from "./password-form";

export default function SettingsPage() {
  const user = useUser();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Page title="Settings" subtitle={user ? `${user.name}, ${user.email}` : null}>
      <div className={styles.stack}>
        <ApiKeys />
        <Devices />
        <div className={styles.sides}>
          <Panel title="Theme">
            <SegmentedControl
              aria-label="Theme"
              value={colorScheme}
              onChange={(value) => setColorScheme(value as typeof colorScheme)}
              data={[
                { value: "dark", label: "Dark" },
                { value: "light", label: "Light" },
                { value: "auto", label: "As the system" },
              ]}
            />
          </Panel>
          <Panel title="Password">
            <PasswordForm />
          </Panel>
        </div>
        <Notices />
      </div>
    </Page>
  );
}
