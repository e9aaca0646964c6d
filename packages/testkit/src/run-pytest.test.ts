import { countsOf, isPythonPath } from './run-pytest.ts';

test("pytest's report becomes counts, errors outside of tests among the failed", () => {
  const report =
    '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="0.1"><testcase/></testsuite></testsuites>';

  expect(countsOf(report)).toEqual({ passed: 4, failed: 3, skipped: 3 });
});

test('a report without a suite gives no counts', () => {
  expect(countsOf('<?xml version="1.0"?><testsuites/>')).toBeUndefined();
});

test('only paths below the mesh engine are python', () => {
  const paths = ['services/mesh-engine', 'services/mesh-engine/tests/test_request.py', 'services/mesh-orchestrator'];

  expect(paths.map(isPythonPath)).toEqual([true, true, false]);
});
