import { useEffect, useRef, useState } from 'react';
import {
  AmbientLight,
  Box3,
  DirectionalLight,
  Mesh,
  type Object3D,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { Check } from '../ui/field.tsx';

type SolidViewerProps = {
  /** Of a GLB file. */
  readonly src: string;
  readonly label: string;
};

type View = { setWireframe(isOn: boolean): void; close(): void };

/** A solid that can be turned, moved and looked into. Drawn only when something has changed. */
export function SolidViewer({ src, label }: SolidViewerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<View>(undefined);
  const [isWireframe, setWireframe] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let isGone = false;
    open(element, src).then(
      (opened) => {
        if (isGone) return opened.close();
        view.current = opened;
        element.dataset['ready'] = 'true';
      },
      (error: unknown) => setTrouble(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      isGone = true;
      view.current?.close();
      view.current = undefined;
    };
  }, [src]);
  useEffect(() => view.current?.setWireframe(isWireframe), [isWireframe]);
  return (
    <figure className="card viewer">
      <div ref={frame} className="viewer-frame" role="img" aria-label={label} />
      <figcaption>
        <Check label="Wireframe" checked={isWireframe} onChange={setWireframe} />
        <span className="hint">
          {trouble ? `It cannot be drawn here: ${trouble}` : 'Drag to turn, scroll to come closer.'}
        </span>
      </figcaption>
    </figure>
  );
}

async function open(element: HTMLElement, src: string): Promise<View> {
  const { scene: solid } = await new GLTFLoader().loadAsync(src);
  const renderer = new WebGLRenderer({ antialias: true, alpha: true });
  const camera = new PerspectiveCamera(35, 1, 0.01, 10_000);
  const controls = new OrbitControls(camera, renderer.domElement);
  const scene = lit(solid);
  placeCamera(camera, controls, solid);
  const draw = () => renderer.render(scene, camera);
  const fit = () => {
    const { clientWidth, clientHeight } = element;
    renderer.setPixelRatio(Math.min(2, window.devicePixelRatio));
    renderer.setSize(clientWidth, clientHeight);
    camera.aspect = clientWidth / Math.max(1, clientHeight);
    camera.updateProjectionMatrix();
    draw();
  };
  const observer = new ResizeObserver(fit);
  element.append(renderer.domElement);
  observer.observe(element);
  controls.addEventListener('change', draw);
  fit();
  return {
    setWireframe(isOn) {
      setWireframe(solid, isOn);
      draw();
    },
    close() {
      observer.disconnect();
      controls.dispose();
      renderer.dispose();
      renderer.domElement.remove();
    },
  };
}

function lit(solid: Object3D): Scene {
  const scene = new Scene();
  const sun = new DirectionalLight(0xffffff, 2.2);
  sun.position.set(1, 2, 3);
  scene.add(solid, new AmbientLight(0xffffff, 1.4), sun);
  return scene;
}

/** Before the solid and a little above, so near that it fills the picture. */
function placeCamera(camera: PerspectiveCamera, controls: OrbitControls, solid: Object3D): void {
  const box = new Box3().setFromObject(solid);
  const centre = box.getCenter(new Vector3());
  const radius = box.getSize(new Vector3()).length() / 2 || 1;
  camera.near = radius / 100;
  camera.far = radius * 100;
  camera.position.copy(centre).add(new Vector3(0.5, 0.6, 1).normalize().multiplyScalar(radius * 3.3));
  controls.target.copy(centre);
  controls.update();
}

function setWireframe(solid: Object3D, isOn: boolean): void {
  solid.traverse((part) => {
    if (!(part instanceof Mesh)) return;
    for (const material of [part.material].flat()) material.wireframe = isOn;
  });
}
