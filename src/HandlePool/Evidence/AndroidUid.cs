using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses and formats uids as Android prints them: numbers, names, <c>u0_a87</c> and <c>u0a87</c>.</summary>
/// <remarks>The numbers are those of android_filesystem_config.h and UserHandle.java.</remarks>
internal static class AndroidUid
{
    /// <summary>The uid of the system server of the first user.</summary>
    internal const int System = 1_000;

    private const int PerUser = 100_000;
    private const int FirstApplication = 10_000;
    private const int FirstZygoteIsolated = 90_000;
    private const int FirstIsolated = 99_000;

    // Names are short.
    private const int LongestName = 32;

    private static readonly FrozenDictionary<string, int> Names = new Dictionary<string, int>
    {
        ["root"] = 0,
        ["daemon"] = 1,
        ["bin"] = 2,
        ["system"] = System,
        ["radio"] = 1001,
        ["bluetooth"] = 1002,
        ["graphics"] = 1003,
        ["input"] = 1004,
        ["audio"] = 1005,
        ["camera"] = 1006,
        ["log"] = 1007,
        ["compass"] = 1008,
        ["mount"] = 1009,
        ["wifi"] = 1010,
        ["adb"] = 1011,
        ["install"] = 1012,
        ["media"] = 1013,
        ["dhcp"] = 1014,
        ["sdcard_rw"] = 1015,
        ["vpn"] = 1016,
        ["keystore"] = 1017,
        ["usb"] = 1018,
        ["drm"] = 1019,
        ["mdnsr"] = 1020,
        ["gps"] = 1021,
        ["media_rw"] = 1023,
        ["mtp"] = 1024,
        ["drmrpc"] = 1026,
        ["nfc"] = 1027,
        ["sdcard_r"] = 1028,
        ["clat"] = 1029,
        ["loop_radio"] = 1030,
        ["mediadrm"] = 1031,
        ["package_info"] = 1032,
        ["logd"] = 1036,
        ["shared_relro"] = 1037,
        ["dbus"] = 1038,
        ["tlsdate"] = 1039,
        ["mediaex"] = 1040,
        ["audioserver"] = 1041,
        ["metrics_coll"] = 1042,
        ["metricsd"] = 1043,
        ["webserv"] = 1044,
        ["debuggerd"] = 1045,
        ["mediacodec"] = 1046,
        ["cameraserver"] = 1047,
        ["firewall"] = 1048,
        ["trunks"] = 1049,
        ["nvram"] = 1050,
        ["dns"] = 1051,
        ["dns_tether"] = 1052,
        ["webview_zygote"] = 1053,
        ["vehicle_network"] = 1054,
        ["media_audio"] = 1055,
        ["media_video"] = 1056,
        ["media_image"] = 1057,
        ["tombstoned"] = 1058,
        ["media_obb"] = 1059,
        ["ese"] = 1060,
        ["ota_update"] = 1061,
        ["automotive_evs"] = 1062,
        ["lowpan"] = 1063,
        ["hsm"] = 1064,
        ["reserved_disk"] = 1065,
        ["statsd"] = 1066,
        ["incidentd"] = 1067,
        ["secure_element"] = 1068,
        ["lmkd"] = 1069,
        ["llkd"] = 1070,
        ["iorapd"] = 1071,
        ["gpu_service"] = 1072,
        ["network_stack"] = 1073,
        ["gsid"] = 1074,
        ["fsverity_cert"] = 1075,
        ["credstore"] = 1076,
        ["external_storage"] = 1077,
        ["ext_data_rw"] = 1078,
        ["ext_obb_rw"] = 1079,
        ["context_hub"] = 1080,
        ["virtualizationservice"] = 1081,
        ["artd"] = 1082,
        ["uwb"] = 1083,
        ["thread_network"] = 1084,
        ["diced"] = 1085,
        ["dmesgd"] = 1086,
        ["jc_weaver"] = 1087,
        ["jc_strongbox"] = 1088,
        ["jc_identitycred"] = 1089,
        ["sdk_sandbox"] = 1090,
        ["security_log_writer"] = 1091,
        ["prng_seeder"] = 1092,
        ["shell"] = 2000,
        ["cache"] = 2001,
        ["diag"] = 2002,
        ["net_bt_admin"] = 3001,
        ["net_bt"] = 3002,
        ["inet"] = 3003,
        ["net_raw"] = 3004,
        ["net_admin"] = 3005,
        ["net_bw_stats"] = 3006,
        ["net_bw_acct"] = 3007,
        ["readproc"] = 3009,
        ["wakelock"] = 3010,
        ["uhid"] = 3011,
        ["everybody"] = 9997,
        ["misc"] = 9998,
        ["nobody"] = 9999,
    }.ToFrozenDictionary();

    /// <summary>Parses a uid that is the whole text.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out int uid)
    {
        uid = 0;
        if (text.IsEmpty || text.Length > LongestName)
            return false;
        LineCursor cursor = new(text);
        if (cursor.TryNumber(out long number))
            return cursor.IsAtEnd && TryRange(number, out uid);
        if (text[0] == (byte)'u' && TryParseOfUser(text, out uid))
            return true;

        // Before users, and those of vendors.
        if (cursor.TryText("app_"u8) && cursor.TryNumber(out number))
            return cursor.IsAtEnd && TryRange(FirstApplication + number, out uid);
        if (cursor.TryText("oem_"u8) && cursor.TryNumber(out number))
            return cursor.IsAtEnd && TryRange(number, out uid);
        return Names.TryGetValue(Encoding.ASCII.GetString(text), out uid);
    }

    /// <summary>Returns the uid of an app without the user for whom it runs, as packages have it.</summary>
    internal static int WithoutUser(int uid) => uid % PerUser;

    /// <summary>Returns the user for whom a process of a uid runs.</summary>
    internal static int UserOf(int uid) => uid / PerUser;

    /// <summary>Returns whether a uid is that of an app, of any user.</summary>
    internal static bool IsOfApp(int uid) => WithoutUser(uid) >= FirstApplication;

    /// <summary>Returns a uid as the activity manager prints it: <c>u0a87</c>, or the number of the system's own.</summary>
    internal static string Format(int uid)
    {
        if (uid < FirstApplication)
            return uid.ToString(CultureInfo.InvariantCulture);
        int app = uid % PerUser;
        (string letter, int first) = app switch
        {
            < FirstApplication => ("s", 0),
            >= FirstIsolated => ("i", FirstIsolated),
            >= FirstZygoteIsolated => ("ai", FirstZygoteIsolated),
            _ => ("a", FirstApplication),
        };
        return string.Create(CultureInfo.InvariantCulture, $"u{uid / PerUser}{letter}{app - first}");
    }

    /// <summary>Parses <c>u0_a87</c>, <c>u0a87</c>, <c>u10s1000</c>, <c>u0_i5</c>, <c>u0a87i5</c>, of which the isolated uid counts, and <c>u0_system</c>.</summary>
    private static bool TryParseOfUser(ReadOnlySpan<byte> text, out int uid)
    {
        uid = 0;
        LineCursor cursor = new(text);
        if (!cursor.TryText("u"u8) || !cursor.TryNumber(out long user))
            return false;
        cursor.TryText("_"u8);
        int? first = cursor.TryText("ai"u8) ? FirstZygoteIsolated : cursor.TryText("a"u8) ? FirstApplication
            : cursor.TryText("i"u8) ? FirstIsolated : cursor.TryText("s"u8) ? 0 : null;
        if (first is not { } from || !cursor.TryNumber(out long app))
        {
            int name = text.IndexOf((byte)'_') + 1;
            return name > 0 && Names.TryGetValue(Encoding.ASCII.GetString(text[name..]), out int system) && TryRange((user * PerUser) + system, out uid);
        }

        if (from == FirstApplication && cursor.TryText("i"u8))
        {
            from = FirstIsolated;
            if (!cursor.TryNumber(out app))
                return false;
        }

        return cursor.IsAtEnd && user <= int.MaxValue / PerUser && app < PerUser && TryRange((user * PerUser) + from + app, out uid);
    }

    private static bool TryRange(long number, out int uid)
    {
        bool isUid = number is >= 0 and <= int.MaxValue;
        uid = isUid ? (int)number : 0;
        return isUid;
    }
}
