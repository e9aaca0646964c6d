import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/buttons.css';
import './styles/fields.css';
import './styles/charts.css';
import './styles/tables.css';
import './styles/overlays.css';
import './styles/overview.css';
import './styles/history.css';
import './styles/products.css';

const element = document.getElementById('app');
if (!element) throw new Error('index.html has no element #app');
createRoot(element).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
