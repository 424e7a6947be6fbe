// The look: Mantine told to use our palette, 13 px text, square-ish corners and one accent.
import {
  type CSSVariablesResolver,
  type MantineColorsTuple,
  ActionIcon,
  Badge,
  Button,
  Checkbox,
  createTheme,
  defaultVariantColorsResolver,
  Drawer,
  InputWrapper,
  Modal,
  NumberInput,
  Paper,
  PasswordInput,
  SegmentedControl,
  Select,
  Switch,
  Table,
  Tabs,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";

const brass: MantineColorsTuple = [
  "#fbf3e4",
  "#f5e4c4",
  "#eed29b",
  "#e8bf74",
  "#e0a84e",
  "#c98f34",
  "#a97320",
  "#855700",
  "#6b4600",
  "#4d3200",
];

const ink: MantineColorsTuple = [
  "#d9dee4",
  "#bcc4cd",
  "#98a2ad",
  "#77818c",
  "#333b45",
  "#262d35",
  "#171c22",
  "#0f1317",
  "#0b0d10",
  "#07090b",
];

// One accent in both schemes, with the text that is readable on it.
const filled = {
  background: "var(--accent)",
  hover: "var(--accent-hover)",
  color: "var(--on-accent)",
  border: "1px solid transparent",
};
const tinted = {
  background: "var(--accent-ground)",
  hover: "var(--accent-ground)",
  color: "var(--accent)",
};
const quiet = {
  background: "transparent",
  hover: "var(--accent-ground)",
  color: "var(--accent)",
};

const small = { defaultProps: { size: "sm" } };

export const theme = createTheme({
  primaryColor: "brass",
  primaryShade: { light: 7, dark: 4 },
  variantColorResolver: (input) => {
    const usual = defaultVariantColorsResolver(input);
    if (input.color !== undefined && input.color !== "brass") return usual;
    if (input.variant === "filled") return { ...usual, ...filled };
    if (input.variant === "subtle") return { ...usual, ...quiet };
    return input.variant === "light" ? { ...usual, ...tinted } : usual;
  },
  colors: { brass, dark: ink },
  fontFamily: '"Inter Variable", Inter, system-ui, -apple-system, "Segoe UI", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "JetBrains Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: "11px", sm: "13px", md: "13px", lg: "15px", xl: "19px" },
  lineHeights: { xs: "1.35", sm: "1.4", md: "1.45", lg: "1.45", xl: "1.3" },
  spacing: { xs: "6px", sm: "10px", md: "14px", lg: "20px", xl: "28px" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "19px", lineHeight: "1.3" },
      h2: { fontSize: "14px", lineHeight: "1.4" },
      h3: { fontSize: "13px", lineHeight: "1.4" },
    },
  },
  defaultRadius: "3px",
  cursorType: "pointer",
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray" } }),
    Badge: Badge.extend({ defaultProps: { variant: "outline", radius: "sm" } }),
    Button: Button.extend({ defaultProps: { size: "xs" }, styles: { label: { fontWeight: 550 } } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: "xs" } }),
    Drawer: Drawer.extend({
      defaultProps: {
        transitionProps: { duration: 120 },
        closeButtonProps: { "aria-label": "Close" },
      },
    }),
    // The hint stands below, so that fields with and without one line up.
    InputWrapper: InputWrapper.extend({
      defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] },
    }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        transitionProps: { duration: 120 },
        closeButtonProps: { "aria-label": "Close" },
      },
    }),
    NumberInput: NumberInput.extend(small),
    Paper: Paper.extend({ defaultProps: { withBorder: true, shadow: "none" } }),
    PasswordInput: PasswordInput.extend(small),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: "xs" },
      styles: { root: { border: "1px solid var(--line-strong)", background: "var(--panel)" } },
    }),
    Select: Select.extend({
      defaultProps: { size: "sm", allowDeselect: false, checkIconPosition: "right" },
    }),
    Switch: Switch.extend({ defaultProps: { size: "xs" } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 5, horizontalSpacing: 10 } }),
    Tabs: Tabs.extend({
      defaultProps: { keepMounted: false },
      styles: { list: { flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" } },
    }),
    Textarea: Textarea.extend(small),
    TextInput: TextInput.extend(small),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, withArrow: true } }),
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  dark: {
    "--mantine-color-body": "#0b0d10",
    "--mantine-color-text": "#d9dee4",
    "--mantine-color-dimmed": "#8d97a2",
    "--mantine-color-placeholder": "#7d8792",
    "--mantine-color-default": "#11151a",
    "--mantine-color-default-hover": "#181d24",
    "--mantine-color-default-border": "#2b323b",
    "--mantine-color-error": "#f0b65d",
    "--mantine-color-anchor": "#e0a84e",
    "--mantine-primary-color-contrast": "#16110a",
  },
  light: {
    "--mantine-color-body": "#f6f7f8",
    "--mantine-color-text": "#161a1f",
    "--mantine-color-dimmed": "#58626d",
    "--mantine-color-placeholder": "#6b7580",
    "--mantine-color-default": "#ffffff",
    "--mantine-color-default-hover": "#f0f2f4",
    "--mantine-color-default-border": "#d3d8de",
    "--mantine-color-error": "#855700",
    "--mantine-color-anchor": "#855700",
    "--mantine-primary-color-contrast": "#ffffff",
  },
});
