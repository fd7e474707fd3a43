using System.Text;
using HandlePool.SessionFiles;

namespace HandlePool.Tests.SessionFiles;

/// <summary>Whatever is wrong with a file is an error that names the place.</summary>
public class SessionRefusalTests
{
    [Fact]
    public void The_session_file_that_other_tests_damage_is_valid()
    {
        HandleSession session = SessionText.Read(SessionText.Small);
        Assert.Equal(("small", 2, 4, 2), (session.Name, session.Processes, session.Nodes, session.GetEvents().Length));
    }

    [Theory]
    [InlineData("\"name\":\"small\"", "\"name\":\" \"", "$.name: ")]
    [InlineData("\"name\":\"small\"", "\"name\":null", "$.name: expected a string, found null")]
    [InlineData("\"name\":\"small\"", "\"name\":{\"a\":1}", "$.name: expected a string, found an object")]
    [InlineData("\"name\":\"small\"", "\"name\":\"\\ud800\"", "$.name: the string is not valid Unicode")]
    [InlineData("\"name\":\"small\",", "", "$: the member 'name' is missing")]
    [InlineData("\"name\":\"small\"", "\"name\":\"a\",\"name\":\"b\"", "$.name: the member is duplicated")]
    [InlineData("\"name\":\"small\"", "\"nick\":\"small\"", "$.nick: ")]
    [InlineData("\"name\":\"small\"", "\"\\ud800\":\"small\"", "$: ")]
    [InlineData("2026-01-31T12:00:00.0000000+02:00", "2026-01-31", "$.time: ")]
    [InlineData("\"Optimistic\"", "\"optimistic\"", "$.options.growthPolicy: expected one of Optimistic, GrowingFlag, AllocationLock")]
    [InlineData("\"HierarchicalBitmap\"", "\"3\"", "$.options.allocator: ")]
    [InlineData("\"shrinkPolicy\":\"Immediate\",", "", "$.options: the member 'shrinkPolicy' is missing")]
    [InlineData("\"maxCapacity\":1000", "\"maxCapacity\":63", "$.options.maxCapacity: expected a whole number from 64 to 1073741824, found 63")]
    [InlineData("\"maxCapacity\":1000", "\"maxCapacity\":1e3", "$.options.maxCapacity: ")]
    [InlineData("\"maxCapacity\":1000", "\"maxCapacity\":1000.0", "$.options.maxCapacity: ")]
    [InlineData("\"maxCapacity\":1000", "\"maxCapacity\":\"1000\"", "$.options.maxCapacity: ")]
    [InlineData("\"eventCapacity\":10", "\"eventCapacity\":0", "$.options.eventCapacity: ")]
    [InlineData("\"eventCapacity\":10", "\"eventCapacity\":1", "$.events: the file has 2 events")]
    [InlineData("\"00:00:00\"", "\"2.00:00:00\"", "$.options.allocationDelay: ")]
    [InlineData("\"00:00:00\"", "\"-00:00:01\"", "$.options.allocationDelay: ")]
    [InlineData("\"highestProcessId\":3", "\"highestProcessId\":2", "$.highestProcessId: ")]
    [InlineData("\"highestProcessId\":3", "\"highestProcessId\":2147483648", "$.highestProcessId: ")]
    [InlineData("\"highestNodeId\":9", "\"highestNodeId\":7", "$.highestNodeId: ")]
    [InlineData("\"highestNodeId\":9", "\"highestNodeId\":99999999999999999999", "$.highestNodeId: ")]
    [InlineData("\"eventsRecorded\":4", "\"eventsRecorded\":5", "$.eventsRecorded: ")]
    [InlineData("\"hwbinder\"", "\"binder\"", "$.contexts[1]: ")]
    [InlineData("\"manager\":1", "\"manager\":7", "$.contexts[0].manager: ")]
    [InlineData("\"manager\":1", "\"manager\":8", "$.contexts[0].manager: ")]
    [InlineData("\"manager\":1", "\"manager\":99", "$.contexts[0].manager: ")]
    [InlineData("\"manager\":null", "\"manager\":1", "$.contexts[1].manager: ")]
    [InlineData("\"id\":2", "\"id\":-2", "$.processes[1].id: ")]
    [InlineData("\"id\":2", "\"id\":1", "$.processes[1]: process 1 of context 'binder' is already alive, at $.processes[0]")]
    [InlineData("\"id\":1,\"context\":\"binder\"", "\"id\":1,\"context\":\"\"", "$.processes[0].context: ")]
    [InlineData("\"capacity\":128", "\"capacity\":null", "$.processes[1].pool.capacity: ")]
    [InlineData("\"capacity\":128", "\"capacity\":100", "$.processes[1].pool.capacity: expected a power of two")]
    [InlineData("\"capacity\":128", "\"capacity\":32", "$.processes[1].pool.capacity: expected a power of two")]
    [InlineData("\"capacity\":128", "\"capacity\":0", "$.processes[1].pool.capacity: expected a power of two")]
    [InlineData("\"capacity\":128", "\"capacity\":1024", "$.processes[1].pool.capacity: 1024 exceeds the session's maxCapacity, 1000")]
    [InlineData("\"capacity\":128", "\"capacity\":64", "$.processes[1].references[2]: handle 70 exceeds the pool's capacity, 64")]
    [InlineData("\"isDisabled\":false,\"growCount\":1", "\"isDisabled\":true,\"growCount\":1", "$.processes[1].pool.isDisabled: ")]
    [InlineData("\"growCount\":1", "\"growCount\":-1", "$.processes[1].pool.growCount: ")]
    [InlineData("\"growCount\":1", "\"growCount\":9007199254740993", "$.processes[1].pool.growCount: expected a whole number from 0 to 9007199254740992")]
    [InlineData("\"retries\":7", "\"retries\":9223372036854775807", "$.processes[1].pool.retries: ")]
    [InlineData("\"eventsRecorded\":4", "\"eventsRecorded\":9223372036854775807", "$.eventsRecorded: ")]
    [InlineData("\"sequence\":3", "\"sequence\":9223372036854775807", "$.events[0].sequence: ")]
    [InlineData("\"capacityInferred\":true", "\"capacityInferred\":1", "$.processes[1].pool.capacityInferred: expected true or false, found 1")]
    [InlineData("[1,5,2,3]", "[1,5,2]", "$.processes[1].references[1]: a reference has fewer than four numbers")]
    [InlineData("[1,5,2,3]", "[]", "$.processes[1].references[1]: a reference has fewer than four numbers")]
    [InlineData("[1,5,2,3]", "[1,5,2,3,4]", "$.processes[1].references[1]: a reference has more than four numbers")]
    [InlineData("[1,5,2,3]", "{}", "$.processes[1].references[1]: expected an array, found an object")]
    [InlineData("[1,5,2,3]", "[1,[5],2,3]", "$.processes[1].references[1]: expected a node id from 0 to 9223372036854775807, found an array")]
    [InlineData("[1,5,2,3]", "[-1,5,2,3]", "$.processes[1].references[1]: expected a handle from 0 to 2147483647, found -1")]
    [InlineData("[1,5,2,3]", "[1,5,-2,3]", "$.processes[1].references[1]: expected a strong count from 0 to 2147483647, found -2")]
    [InlineData("[1,5,2,3]", "[1,5,2,2147483648]", "$.processes[1].references[1]: expected a weak count from 0 to 2147483647, found 2147483648")]
    [InlineData("[1,5,2,3]", "[0,5,2,3]", "$.processes[1].references[1]: the process already has handle 0, for node 1")]
    [InlineData("[1,5,2,3]", "[1,1,2,3]", "$.processes[1].references[1]: the process already holds node 1, by handle 0")]
    [InlineData("[1,5,2,3]", "[1,6,2,3]", "$.processes[1].references[1]: node 6 is not in $.nodes")]
    [InlineData("\"isDead\":true,\"pool\":{\"capacity\":64", "\"isDead\":false,\"pool\":{\"capacity\":32", "$.processes[2].pool.capacity: ")]
    [InlineData("\"retries\":7", "\"retries\":7,\"retry\":1", "$.processes[1].pool.retry: ")]
    [InlineData("\"lockAcquisitions\":9,\"waits\":0,\"retries\":0},\"references\":[]", "\"lockAcquisitions\":9,\"waits\":0,\"retries\":0},\"references\":[[1,5,1,1]]",
        "$.processes[2].references: the process has exited")]
    [InlineData("{\"id\":5,", "{\"id\":1,", "$.nodes[1]: node 1 is already in $.nodes")]
    [InlineData("\"name\":\"five\",\"owner\":0", "\"name\":\"five\",\"owner\":3", "$.nodes[1].owner: index 3 is out of range: $.processes has 3")]
    [InlineData("\"name\":\"five\",\"owner\":0", "\"name\":\"five\",\"owner\":2", "$.nodes[1]: the node is alive, but its owner, $.processes[2], has exited")]
    [InlineData("\"name\":\"five\"", "\"name\":5", "$.nodes[1].name: ")]
    [InlineData("\"line\":12,\"process\":null", "\"line\":12,\"process\":3", "$.findings[0].process: ")]
    [InlineData("\"OwnerMissing\"", "\"Other\"", "$.findings[0].kind: ")]
    [InlineData("\"sequence\":3", "\"sequence\":4", "$.events[1].sequence: expected the number after 4, found 4")]
    [InlineData("\"sequence\":3", "\"sequence\":0", "$.events[0].sequence: ")]
    [InlineData("\"process\":2,\"kind\":\"ProcessExit\"", "\"process\":5,\"kind\":\"ProcessExit\"", "$.events[1].process: ")]
    [InlineData("\"version\":1", "\"version\":3", "$.version: the file has version 3, but only versions up to 2 are supported")]
    [InlineData("\"name\":\"gone\"", "\"name\":\"gone\",\"uid\":0", "$.processes[2]")]
    [InlineData("\"version\":1", "\"version\":0", "$.version: ")]
    [InlineData("\"version\":1,\"name\":\"small\"", "\"name\":\"small\",\"version\":1", "the second member must be 'version'")]
    [InlineData("\"HandlePool.Session\"", "\"Other\"", "this is not a session file")]
    [InlineData("\"version\":1", "\"version\":\"1\"", "$.version: ")]
    [InlineData("\"version\":1", "\"version\":1.0", "$.version: ")]
    [InlineData("\"version\":1", "\"version\":-1", "$.version: ")]
    [InlineData("\"version\":1", "\"version\":1,\"version\":1", "$.version: the member is duplicated")]
    [InlineData("{\"format\":\"HandlePool.Session\"", "{\"format\":\"HandlePool.Session\",\"format\":\"HandlePool.Session\"", "the second member must be 'version'")]
    [InlineData("\"HandlePool.Session\"", "null", "$.format: ")]
    [InlineData("\"id\":2", "\"id\":\"2\"", "$.processes[1].id: ")]
    [InlineData("\"id\":2", "\"id\":2.5", "$.processes[1].id: ")]
    [InlineData("\"id\":2", "\"id\":2,\"id\":2", "$.processes[1].id: the member is duplicated")]
    [InlineData("{\"id\":2,", "{", "$.processes[1]: the member 'id' is missing")]
    [InlineData("\"isDead\":true", "\"isDead\":\"true\"", "$.processes[2].isDead: ")]
    [InlineData("\"isDead\":true", "\"isDead\":null", "$.processes[2].isDead: ")]
    [InlineData("\"growCount\":1", "\"growCount\":1,\"growCount\":1", "$.processes[1].pool.growCount: the member is duplicated")]
    [InlineData("\"capacity\":128", "\"capacity\":-128", "$.processes[1].pool.capacity: ")]
    [InlineData("\"capacity\":128", "\"capacity\":1073741825", "$.processes[1].pool.capacity: ")]
    [InlineData("\"maxCapacity\":1000", "\"maxCapacity\":1073741825", "$.options.maxCapacity: ")]
    [InlineData("\"maxCapacity\":1000", "\"maxCapacity\":1000,\"maxCapacity\":1000", "$.options.maxCapacity: the member is duplicated")]
    [InlineData("[1,5,2,3]", "[1.5,5,2,3]", "$.processes[1].references[1]: expected a handle from 0 to 2147483647, found 1.5")]
    [InlineData("[1,5,2,3]", "[\"1\",5,2,3]", "$.processes[1].references[1]: expected a handle from 0 to 2147483647, found '1'")]
    [InlineData("[1,5,2,3]", "[128,5,2,3]", "$.processes[1].references[1]: handle 128 exceeds the pool's capacity, 128")]
    [InlineData("[1,5,2,3]", "[1,5,2,3],[1,8,1,1]", "$.processes[1].references[2]: the process already has handle 1, for node 5")]
    [InlineData("[1,5,2,3]", "[1,5,2,3],[2,5,1,1]", "$.processes[1].references[2]: the process already holds node 5, by handle 1")]
    [InlineData("[1,5,2,3]", "[1,5,2,3,[", "$.processes[1].references[1]")]
    [InlineData("\"owner\":0,\"isDead\":false},{\"id\":5", "\"owner\":-1,\"isDead\":false},{\"id\":5", "$.nodes[0].owner: ")]
    [InlineData("\"owner\":0,\"isDead\":false},{\"id\":5", "\"owner\":{\"id\":1},\"isDead\":false},{\"id\":5", "$.nodes[0].owner: ")]
    [InlineData("{\"id\":7,", "{\"id\":6,", "$.processes[1].references[2]: node 7 is not in $.nodes")]
    [InlineData("\"manager\":1", "\"manager\":-1", "$.contexts[0].manager: ")]
    [InlineData("\"manager\":1", "\"manager\":\"1\"", "$.contexts[0].manager: ")]
    [InlineData("{\"name\":\"hwbinder\"", "{\"name\":\"\"", "$.contexts[1].name: ")]
    [InlineData("\"line\":12", "\"line\":-1", "$.findings[0].line: ")]
    [InlineData("\"handle\":3", "\"handle\":3.5", "$.findings[0].handle: ")]
    [InlineData("\"message\":\"odd\"", "\"message\":null", "$.findings[0].message: ")]
    [InlineData("\"eventsRecorded\":4", "\"eventsRecorded\":3", "$.eventsRecorded: ")]
    [InlineData("\"sequence\":4", "\"sequence\":9223372036854775807", "$.events[1].sequence: ")]
    [InlineData("\"sequence\":4", "\"sequence\":3", "$.events[1].sequence: ")]
    [InlineData("\"2026-01-31T12:00:01.0000000+02:00\"", "0", "$.events[0].time: ")]
    [InlineData("\"2026-01-31T12:00:01.0000000+02:00\"", "\"9999-12-31T23:59:59.9999999-14:00\"", "$.events[0].time: ")]
    [InlineData("\"findings\":[", "\"findings\":{", "$.findings: ")]
    [InlineData("\"references\":[[", "\"references\":null,\"reference\":[[", "$.processes[1].references: expected an array, found null")]
    [InlineData("\"nodes\":[{", "\"nodes\":[null,{", "$.nodes[0]: ")]
    [InlineData("\"pool\":{\"capacity\":128", "\"pool\":null,\"pools\":{\"capacity\":128", "$.processes[1].pool: ")]
    [InlineData("\"name\":null,\"owner\":null,", "\"owner\":null,", "$.nodes[3]: the member 'name' is missing")]
    public void A_wrong_value_in_a_session_file_is_named_by_its_path(string right, string wrong, string message)
    {
        int at = SessionText.Small.IndexOf(right, StringComparison.Ordinal);
        Assert.True(at >= 0, $"The file has no {right}.");
        SessionText.IsRefused(SessionText.Small.Remove(at, right.Length).Insert(at, wrong), message);
    }

    [Theory]
    [InlineData("\"driver\":\"Rust\"", "\"driver\":\"Zig\"", "$.options.driver: expected one of HandlePool, Rust, RustTree, C, C611rc1, CTree, found 'Zig'")]
    [InlineData("\"driver\":\"Rust\"", "\"driver\":1", "$.options.driver: ")]
    [InlineData("\"driver\":\"Rust\",", "", "$.options: the member 'driver' is missing")]
    [InlineData("\"openNumber\":2", "\"openNumber\":0", "$.processes[1].openNumber: ")]
    [InlineData("\"openNumber\":2", "\"openNumber\":1", "$.processes[1]: process 1 of context 'binder' is already alive, at $.processes[0]")]
    [InlineData("\"uid\":5", "\"uid\":-5", "$.processes[0].uid: ")]
    [InlineData("\"managerUid\":5", "\"managerUid\":\"root\"", "$.contexts[0].managerUid: ")]
    [InlineData("\"highestNodeId\":0", "\"highestNodeId\":-2", "$.highestNodeId: ")]
    public void A_wrong_value_of_version_2_is_named_by_its_path(string right, string wrong, string message)
    {
        HandleSession session = new(options: new HandleSessionOptions { Driver = HandleDriver.Rust });
        session.CreateProcess("manager", uid: 5, isManager: true);
        session.CreateProcess(id: 1, reopens: true);
        string text = SessionText.Of(session);
        Assert.Contains(right, text, StringComparison.Ordinal);
        SessionText.IsRefused(text.Replace(right, wrong, StringComparison.Ordinal), message);
    }

    [Fact]
    public void A_process_cannot_be_about_to_be_frozen_if_it_is_frozen_or_has_exited()
    {
        HandleSession session = new();
        session.BeginSuspendProcess(session.CreateProcess("freezing"));
        string text = SessionText.Of(session);
        Assert.True(SessionText.Read(text).GetProcess("freezing").IsFreezing);
        SessionText.IsRefused(text.Replace("\"isFrozen\":false", "\"isFrozen\":true", StringComparison.Ordinal),
            "$.processes[0].isFreezing: the process is frozen, so it cannot be about to be frozen.");
        SessionText.IsRefused(text.Replace("\"isDead\":false", "\"isDead\":true", StringComparison.Ordinal),
            "$.processes[0].isFreezing: the process has exited, so it cannot be about to be frozen.");
    }

    [Fact]
    public void A_later_version_is_reported_before_anything_else() =>
        SessionText.IsRefused("{\"format\":\"HandlePool.Session\",\"version\":7,\"new\":[{", "version 7", "only versions up to 2 are supported");

    [Theory]
    [InlineData(HandleAllocator.TreeScan, "64", false, "capacity: expected null, found 64: the allocator TreeScan has no capacity of its own.")]
    [InlineData(HandleAllocator.AugmentedTree, "64", false, "capacity: expected null")]
    [InlineData(HandleAllocator.TreeScan, "null", true, "isDisabled: only a bitmap of the C driver")]
    [InlineData(HandleAllocator.DBitmap, "64", true, "isDisabled: only a bitmap of the C driver")]
    [InlineData(HandleAllocator.DBitmap, "null", false, "capacity: the allocator DBitmap has a capacity")]
    [InlineData(HandleAllocator.Bitmap, "64", true, "isDisabled: only a bitmap of the C driver")]
    public void A_pool_in_a_session_file_must_match_its_allocator(HandleAllocator allocator, string capacity, bool isDisabled, string message)
    {
        HandleSession session = new(options: new HandleSessionOptions { Allocator = HandleAllocator.Bitmap });
        session.CreateProcess();
        string text = SessionText.Of(session).Replace("\"Bitmap\"", $"\"{allocator}\"", StringComparison.Ordinal)
            .Replace("\"capacity\":64", $"\"capacity\":{capacity}", StringComparison.Ordinal)
            .Replace("\"isDisabled\":false", $"\"isDisabled\":{(isDisabled ? "true" : "false")}", StringComparison.Ordinal);
        SessionText.IsRefused(text, $"$.processes[0].pool.{message}");
    }

    [Fact]
    public void A_handle_of_a_tree_beyond_the_limit_is_refused()
    {
        HandleSession session = new(options: new HandleSessionOptions { Allocator = HandleAllocator.TreeScan, MaxCapacity = 100 });
        HandleProcess process = session.CreateProcess();
        process.AddReference(session.CreateNode(process));
        SessionText.IsRefused(SessionText.Of(session).Replace("[1,1,1,0]", "[64,1,1,0]", StringComparison.Ordinal),
            "$.processes[0].references[0]: handle 64 exceeds the session's maxCapacity, 100");
    }

    [Fact]
    public void All_pools_of_a_session_file_together_have_a_limit()
    {
        HandleSession session = new();
        session.CreateProcess();
        session.CreateProcess();
        string text = SessionText.Of(session).Replace("\"capacity\":64", "\"capacity\":1073741824", StringComparison.Ordinal);
        SessionText.IsRefused(text, "$.processes[1].pool.capacity: with this pool, the pools of the session exceed");
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\uFEFF", "not valid JSON")]
    [InlineData(" \n\n ", "line 3", "not valid JSON")]
    [InlineData("null", "$: expected an object")]
    [InlineData("[]", "$: expected an object")]
    [InlineData("{}", "$: this is not a session file")]
    [InlineData("{\"id\":1}", "$: this is not a session file")]
    [InlineData("Dear diary,", "line 1, byte 1", "not valid JSON")]
    [InlineData("{\"format\":\"HandlePool.Session\",\n\"version\":1,\n  \"name\":x}", "line 3, byte 10", "$.name", "not valid JSON")]
    [InlineData("{\"format\":\"HandlePool.Session\",//\n\"version\":1}", "line 1, byte 32", "not valid JSON")]
    public void Invalid_JSON_is_reported_by_line_and_byte(string text, params string[] words) => SessionText.IsRefused(text, words);

    [Fact]
    public void Text_after_the_end_of_a_session_is_refused() => SessionText.IsRefused(SessionText.Small + "\n{}", "not valid JSON");

    [Fact]
    public void A_session_file_truncated_anywhere_is_refused()
    {
        byte[] whole = Encoding.UTF8.GetBytes(SessionText.Small.Trim());
        for (int length = 0; length < whole.Length; length++)
            SessionText.IsRefused(whole[..length]);
    }

    [Fact]
    public void A_session_file_with_any_byte_changed_is_either_read_or_refused()
    {
        Random random = new(91);
        byte[] whole = Encoding.UTF8.GetBytes(SessionText.Small);
        for (int round = 0; round < 4 * whole.Length; round++)
        {
            byte[] changed = (byte[])whole.Clone();
            changed[round % whole.Length] = round < whole.Length ? (byte)random.Next(256) : (byte)"0123456789\"{}[],:\\-.eu \n"[random.Next(24)];
            try
            {
                Observed.State(SessionText.Read(changed));
            }
            catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.SessionFormat)
            {
            }
        }
    }

    [Fact]
    public void A_byte_order_mark_in_a_session_file_is_skipped() => Assert.Equal(2, SessionText.Read("\uFEFF" + SessionText.Small).Processes);

    [Fact]
    public void A_session_file_in_UTF_16_is_refused_by_name()
    {
        SessionText.IsRefused([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(SessionText.Small)], "UTF-16");
        SessionText.IsRefused([.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(SessionText.Small)], "UTF-16");
        SessionText.IsRefused(Encoding.Unicode.GetBytes(SessionText.Small), "UTF-16");
        SessionText.IsRefused(Encoding.BigEndianUnicode.GetBytes(SessionText.Small), "UTF-16");
    }

    [Fact]
    public void Bytes_that_are_not_valid_UTF_8_are_refused()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(SessionText.Small);
        bytes[SessionText.Small.IndexOf("small", StringComparison.Ordinal)] = 0xFF;
        SessionText.IsRefused(bytes, "$.name");
    }

    [Fact]
    public void Deep_nesting_in_a_session_file_is_refused_where_it_begins() =>
        SessionText.IsRefused(SessionText.Small.Replace("[[0,1,1,0]", new string('[', 100_000), StringComparison.Ordinal), "$.processes[1].references[0]");

    [Fact]
    public void A_name_of_32_megabytes_in_a_session_file_is_refused() =>
        SessionText.IsRefused(SessionText.Small.Replace("small", new string('x', 1 << 25), StringComparison.Ordinal), "$.name");

    [Fact]
    public void The_members_of_a_session_file_may_be_in_any_order()
    {
        string text = SessionText.Small.Replace("{\"id\":5,\"name\":\"five\",\"owner\":0,\"isDead\":false}",
            "{\"isDead\":false,\"owner\":0,\"id\":5,\"name\":\"five\"}", StringComparison.Ordinal);
        Assert.NotEqual(SessionText.Small, text);
        Assert.Equal("five", SessionText.Read(text).GetNode(5).Name);
    }

    [Fact]
    public void A_directory_and_a_missing_file_are_refused_as_session_files()
    {
        string directory = Path.GetTempPath();
        Assert.Contains("directory", Refused.With(HandleErrorIds.SessionFormat, Errno.EINVAL, () => SessionFileReader.ReadFile(directory)).Message,
            StringComparison.Ordinal);
        Refused.With(HandleErrorIds.SessionFormat, Errno.EINVAL, () => SessionFileReader.ReadFile(Path.Combine(directory, Guid.NewGuid().ToString())));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(149)]
    public void One_unknown_node_among_many_references_is_found(int index)
    {
        // Handle 0 is node 1, and handle 1 the first of the others.
        World world = World.Holding(150);
        string text = SessionText.Of(world.Session), reference = $"[{index},{index + 1},1,0]";
        Assert.Contains(reference, text, StringComparison.Ordinal);
        Assert.Equal(150, SessionText.Read(text).GetProcess("client").HandleCount);

        SessionText.IsRefused(text.Replace(reference, $"[{index},777,1,0]", StringComparison.Ordinal), $"$.processes[2].references[{index}]: node 777 is not in $.nodes");
    }
}
