import { countsOf, isPythonPath, redFilesOf } from './run-pytest.ts';

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

test('a red test is found with its file, and with what the other tests of that file came to', () => {
  const report =
    '<testsuite tests="4"><testcase classname="tests.door.test_ends" name="a" time="1" /><testcase classname="tests.door.test_ends" name="b"><failure message="no" /></testcase><testcase classname="tests.door.test_ends" name="c"><skipped /></testcase><testcase classname="tests.test_sprite" name="d" /></testsuite>';

  expect([...redFilesOf(report)]).toEqual([['tests/door/test_ends.py', { passed: 1, failed: 1, skipped: 1 }]]);
});
