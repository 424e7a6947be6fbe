"""Pure series maths: values that do not depend on where a series starts."""
