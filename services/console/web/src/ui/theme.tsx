import { createContext, type ReactNode, useContext, useLayoutEffect, useState } from 'react';
import { IconButton } from './button.tsx';
import { Moon, Sun } from './icons.ts';

type Theme = 'light' | 'dark';

const ThemeContext = createContext<{ theme: Theme; turn(): void }>({ theme: 'light', turn: () => undefined });

export const useTheme = () => useContext(ThemeContext);

const key = 'millrace.theme';

/** Light or dark: as the system has it, until somebody chooses. */
export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  const [theme, setTheme] = useState<Theme>(firstTheme);
  // Before charts are drawn, which ask for its colours.
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  const turn = () => {
    const next = theme === 'light' ? 'dark' : 'light';
    localStorage.setItem(key, next);
    setTheme(next);
  };
  return <ThemeContext value={{ theme, turn }}>{children}</ThemeContext>;
}

function firstTheme(): Theme {
  const chosen = localStorage.getItem(key);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function ThemeButton() {
  const { theme, turn } = useTheme();
  return theme === 'light' ? (
    <IconButton label="Dark colours" icon={Moon} onClick={turn} />
  ) : (
    <IconButton label="Light colours" icon={Sun} onClick={turn} />
  );
}
