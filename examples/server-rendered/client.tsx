import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { App, type Known } from './App.tsx';
import '../../src/react/status.css';

const textOf = (id: string): string => document.getElementById(id)?.textContent ?? '';
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
hydrateRoot(
  root,
  <StrictMode>
    <App known={JSON.parse(textOf('known')) as Known} />
  </StrictMode>,
);
