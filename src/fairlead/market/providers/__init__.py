"""Where past candles come from: exchanges, brokers, folders."""
