using System.Text.Json;

namespace HandlePool.Generator;

/// <summary>Writes what a device hides as JSON, for suites that are not in C#.</summary>
internal static class DeviceTruth
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static string ToJson(Device device) => JsonSerializer.Serialize(new
    {
        device.Options.Seed,
        Release = device.Options.Release.Name,
        Incident = device.Options.Incident.ToString(),
        Time = ReportTime.Seconds(device.Time),
        Leak = device.Find(device.Owner) is { } owner && device.Find(device.Holder) is { } holder
            ? new
            {
                Holder = holder.Name,
                HolderId = holder.Pid,
                Owner = owner.Name,
                OwnerId = owner.Pid,
                OwnerUid = owner.Uid,
                Interface = device.LeakInterface,
                Handles = Device.Held(holder, owner).Count(held => held.Node.Interface == device.LeakInterface),
                HandlesOfOwner = Device.Held(holder, owner).Count(),
            }
            : null,
        Incidents = device.Incidents.Select(incident => new
        {
            incident.Kind,
            Time = ReportTime.Full(incident.Time),
            Victims = incident.Victims.Select(victim => new { Id = victim.Pid, victim.Name }),
            incident.VictimUid,
            Holder = incident.Holder.Name,
            HolderId = incident.Holder.Pid,
            incident.SenderUid,
            incident.Limit,
            incident.Count,
            Interfaces = incident.Interfaces.Select(each => new { each.Name, each.Count }),
        }),
        Processes = device.Processes.Select(process => new
        {
            Id = process.Pid,
            process.Name,
            process.Uid,
            process.Package,
            Tables = process.Tables.Select(table => new { table.Context, Handles = table.References.Count, Nodes = table.Nodes.Count }),
        }),
        SystemServerCounts = Device.CountSenders(device.SystemServer).Select(each => new { each.Uid, each.Count }),
        SystemServerInterfaces = Device.CountInterfaces(device.SystemServer).Select(each => new { each.Name, each.Count }),
        Services = device.Services.Select(node => new { Name = node.Service, node.Interface, ServerId = node.Table.Process.Pid, Node = node.Id, Clients = SystemSections.ClientsOf(node) }),
    }, Indented);
}
